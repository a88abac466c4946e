-- rule: attack-inside-ceasefire
-- severity: warning
-- message: {actor_id} attacked on {date_start}, within its own truce {episode_id}
-- why: Either the truce was broken, which is a finding, or the attribution or a date is wrong.
-- fix: Check the attribution and the dates of the truce.
-- table: incident_actors
-- column: actor_id
--
-- Attack by a party inside its own ceasefire.
select
    participants.incident_actor_id,
    participants.actor_id,
    incidents.date_start,
    episodes.episode_id
from incident_actors as participants
join incidents using (incident_id)
join episodes
    on episodes.kind = 'ceasefire'
    and participants.actor_id in (episodes.party_a_actor_id, episodes.party_b_actor_id)
    and incidents.date_start >= episodes.date_start
    and incidents.date_end <= episodes.date_end
where participants.role = 'perpetrator'
