-- rule: share-not-from-values
-- severity: warning
-- message: a share of {value} percent, but {part} of {total} is {computed} percent
-- why: A share that does not follow from its own numbers often belongs to another period.
-- fix: Check the period of the share, the part and the total.
-- table: statistics
-- column: value
--
-- Share in percent follows from part and total of the same period, rounded to whole percent.
-- Two points of tolerance where the share itself is rounded.
select
    shares.stat_id,
    shares.value,
    parts.value as part,
    totals.value as total,
    cast(round(100.0 * parts.value / totals.value) as bigint) as computed
from statistics as shares
join statistics as parts
    on parts.metric = regexp_extract(shares.metric, '^share_of_(.*)_pct$', 1)
    and parts.reporter_actor_id = shares.reporter_actor_id
    and parts.population = shares.population
    and parts.place_id = shares.place_id
    and parts.period_start = shares.period_start
    and parts.period_end = shares.period_end
    and parts.repeats_stat_id is null
join statistics as totals
    on totals.metric = parts.metric
    and totals.reporter_actor_id = shares.reporter_actor_id
    and totals.population = 'all'
    and totals.place_id = shares.place_id
    and totals.period_start = shares.period_start
    and totals.period_end = shares.period_end
    and totals.repeats_stat_id is null
where totals.value > 0
    and abs(shares.value - round(100.0 * parts.value / totals.value))
        > case shares.operator when 'about' then 2 else 0 end
