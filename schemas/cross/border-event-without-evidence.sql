-- rule: border-event-without-evidence
-- severity: warning
-- message: {border_event_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: border_events
-- column: border_event_id
--
-- Every row of a table of facts has at least one row of evidence.
select border_event_id
from border_events
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'border_events'
        and evidence.row_id = border_events.border_event_id
)
