-- rule: reporters-disagree
-- severity: warning
-- message: {reporter_actor_id} counts {value}, {other_reporter} counts {other_value} for the same period and place
-- why: An average of rival counts is nobody's count.
-- fix: Keep both, say what each counts, and never add or average them.
-- table: statistics
-- column: value
--
-- One metric, period and place, two reporters, more than a fifth apart. The finding is placed
-- on the higher figure.
select
    higher.stat_id,
    higher.reporter_actor_id,
    higher.value,
    lower.reporter_actor_id as other_reporter,
    lower.value as other_value
from statistics as higher
join statistics as lower
    on lower.metric = higher.metric
    and lower.unit = higher.unit
    and lower.population = higher.population
    and lower.place_id = higher.place_id
    and lower.period_start = higher.period_start
    and lower.period_end = higher.period_end
    and lower.reporter_actor_id <> higher.reporter_actor_id
where higher.repeats_stat_id is null
    and lower.repeats_stat_id is null
    and lower.value < higher.value
    and higher.value - lower.value > 0.2 * lower.value
