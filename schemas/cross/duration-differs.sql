-- rule: duration-differs
-- severity: warning
-- message: reported as {reported_duration_days} days, but {derived} days elapsed since the closure of {closed_on}
-- why: A reported length that does not fit the dates means that one of the dates is wrong.
-- fix: Check both dates. Outlets that count both end days are one day longer.
-- table: border_events
-- column: reported_duration_days
--
-- Derived against reported length of a closure, with a day of tolerance for counting both
-- ends.
with reopenings as (
    select
        reopenings.border_event_id,
        reopenings.reported_duration_days,
        reopenings.event_date,
        max(closures.event_date) as closed_on
    from border_events as reopenings
    join border_events as closures
        on closures.crossing_id = reopenings.crossing_id
        and closures.traffic_scope = reopenings.traffic_scope
        and closures.event_type in ('closure', 'partial_closure')
        and (closures.event_date, closures.day_seq) < (reopenings.event_date, reopenings.day_seq)
    where reopenings.event_type in ('reopening', 'partial_reopening')
    group by reopenings.border_event_id, reopenings.reported_duration_days, reopenings.event_date
)
select
    border_event_id,
    reported_duration_days,
    closed_on,
    date_diff('day', closed_on, event_date) as derived
from reopenings
where abs(reported_duration_days - date_diff('day', closed_on, event_date)) > 1
