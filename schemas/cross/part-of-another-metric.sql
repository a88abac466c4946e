-- rule: part-of-another-metric
-- severity: error
-- message: {metric} of {period_start} is a part of {parent_stat_id}, which is {parent_metric} of {parent_start}
-- why: Only like can be added to like.
-- fix: Correct the parent, the metric or the period.
-- table: statistics
-- column: parent_stat_id
--
-- A part has the metric, the unit, the reporter and the period of its total.
select
    parts.stat_id,
    parts.parent_stat_id,
    parts.metric,
    parts.period_start,
    totals.metric as parent_metric,
    totals.period_start as parent_start
from statistics as parts
join statistics as totals on totals.stat_id = parts.parent_stat_id
where parts.metric <> totals.metric
    or parts.unit <> totals.unit
    or parts.reporter_actor_id <> totals.reporter_actor_id
    or parts.period_start <> totals.period_start
    or parts.period_end <> totals.period_end
