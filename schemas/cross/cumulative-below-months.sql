-- rule: cumulative-below-months
-- severity: error
-- message: {metric} from {period_start} to {period_end} is {value}, but its months add up to {months}
-- why: A total over a period cannot be smaller than the sum of its parts.
-- fix: Check the period of the claim. The source may mean one month.
-- table: statistics
-- column: value
--
-- Year-to-date total against the sum of its months. One figure per month counts, the highest
-- where several sources give one. A lower bound is not spared: at least the sum of the months
-- was known.
with months as (
    select reporter_actor_id, metric, population, place_id, period_start, period_end, max(value) as value
    from statistics
    where date_diff('day', period_start, period_end) between 27 and 30
    group by all
)
select
    totals.stat_id,
    totals.metric,
    totals.period_start,
    totals.period_end,
    totals.value,
    sum(months.value) as months
from statistics as totals
join months
    on months.reporter_actor_id = totals.reporter_actor_id
    and months.metric = totals.metric
    and months.population = totals.population
    and months.place_id = totals.place_id
    and months.period_start >= totals.period_start
    and months.period_end <= totals.period_end
where date_diff('day', totals.period_start, totals.period_end) > 31
    and totals.unit in ('persons', 'incidents')
group by totals.stat_id, totals.metric, totals.period_start, totals.period_end, totals.value
having sum(months.value) > totals.value
