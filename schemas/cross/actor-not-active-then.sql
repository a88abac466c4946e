-- rule: actor-not-active-then
-- severity: warning
-- message: {actor_id} was active from {active_from} to {active_to}, {incident_id} happened on {date_start}
-- why: An actor that does not exist yet or any more cannot take part.
-- fix: Name the actor of that time, or correct its span.
-- table: incident_actors
-- column: actor_id
--
-- Actor active at the date of the event.
select
    participants.incident_actor_id,
    participants.actor_id,
    participants.incident_id,
    incidents.date_start,
    coalesce(strftime(actors.active_from, '%Y-%m-%d'), 'an unknown day') as active_from,
    coalesce(strftime(actors.active_to, '%Y-%m-%d'), 'now') as active_to
from incident_actors as participants
join incidents using (incident_id)
join actors using (actor_id)
where incidents.date_start > actors.active_to
    or incidents.date_end < actors.active_from
