-- rule: dispute-not-marked
-- severity: warning
-- message: claimed_status is {claimed_status}, but {authors} perpetrators are named
-- why: Whoever filters by the status would take one of the rival authors for certain.
-- fix: Set the status to disputed.
-- table: incidents
-- column: claimed_status
--
-- Rival perpetrators make the authorship disputed.
select
    incidents.incident_id,
    incidents.claimed_status,
    count(distinct participants.actor_id) as authors
from incidents
join incident_actors as participants using (incident_id)
where participants.role = 'perpetrator'
    and incidents.claimed_status <> 'disputed'
group by incidents.incident_id, incidents.claimed_status
having count(distinct participants.actor_id) > 1
