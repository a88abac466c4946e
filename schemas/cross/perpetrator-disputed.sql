-- rule: perpetrator-disputed
-- severity: warning
-- message: {authors} are named as perpetrators, on different grounds: {grounds}
-- why: Rival attributions must not be counted as two attacks, nor one of them be dropped in silence.
-- fix: Keep every attribution with its basis, and say in the note which sources differ.
-- table: incidents
-- column: claimed_status
--
-- Two perpetrators with different bases.
select
    incidents.incident_id,
    incidents.claimed_status,
    string_agg(participants.actor_id, ' and ' order by participants.actor_id) as authors,
    string_agg(coalesce(participants.attribution_basis, 'none'), ', ' order by participants.actor_id) as grounds
from incidents
join incident_actors as participants using (incident_id)
where participants.role = 'perpetrator'
group by incidents.incident_id, incidents.claimed_status
having count(distinct participants.actor_id) > 1
    and count(distinct participants.attribution_basis) > 1
