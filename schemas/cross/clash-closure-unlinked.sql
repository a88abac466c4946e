-- rule: clash-closure-unlinked
-- severity: warning
-- message: closed after a clash, but {cause_incident_id} is no incident of the day at this crossing
-- why: A closure after a clash is only half of a story without the clash.
-- fix: Link the incident, or correct the cause.
-- table: border_events
-- column: cause_incident_id
--
-- Closure caused by a clash links to an incident at the crossing, at most one day earlier or
-- later.
select
    events.border_event_id,
    coalesce(events.cause_incident_id, 'nothing') as cause_incident_id
from border_events as events
left join incidents on incidents.incident_id = events.cause_incident_id
where events.event_type in ('closure', 'partial_closure')
    and events.cause_type = 'clash'
    and (
        incidents.incident_id is null
        or incidents.place_id <> events.crossing_id
        or abs(date_diff('day', incidents.date_start, events.event_date)) > 1
    )
