-- rule: closure-after-closure
-- severity: error
-- message: {event_type} on {event_date} for {scopes}, but that traffic was already {state}
-- why: Closures and reopenings of one kind of traffic alternate. Otherwise durations come out wrong.
-- fix: Add the event between, remove the duplicate, or correct the date, the order in the day or the scope.
-- table: border_events
-- column: event_type
--
-- Alternation per crossing and kind of traffic. A scope is first spread over its members.
-- Before its first event a crossing counts as open.
with states as (
    select
        events.border_event_id,
        events.crossing_id,
        members.member,
        events.event_type,
        events.event_date,
        events.day_seq,
        case when events.event_type in ('reopening', 'partial_reopening') then 'open' else 'closed' end as state
    from border_events as events
    join traffic_scope_members as members on members.scope = events.traffic_scope
    where events.event_type in ('closure', 'partial_closure', 'reopening', 'partial_reopening')
),
ordered as (
    select
        *,
        coalesce(
            lag(state) over (partition by crossing_id, member order by event_date, day_seq),
            'open'
        ) as previous
    from states
)
select
    border_event_id,
    event_type,
    event_date,
    state,
    string_agg(member, ', ' order by member) as scopes
from ordered
where state = previous
group by border_event_id, event_type, event_date, state
