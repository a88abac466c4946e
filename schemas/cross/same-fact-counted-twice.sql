-- rule: same-fact-counted-twice
-- severity: warning
-- message: {stat_id} states the same fact as {twin}, and both are counted
-- why: A sum over both would count the same dead twice.
-- fix: Set is_counted to false for the statistic.
-- table: statistics
-- column: is_counted
--
-- A pair of rows for one fact is counted once: a statistic and an incident that a claim joins,
-- or a statistic and the row that it repeats.
with joined as (
    select ones.other_id as stat_id, others.other_id as twin
    from claim_links as ones
    join claim_links as others on others.claim_id = ones.claim_id
    where ones.relation = 'same_fact_as'
        and others.relation = 'same_fact_as'
        and ones.other_table = 'statistics'
        and others.other_table = 'incidents'
    union
    select stat_id, repeats_stat_id as twin
    from statistics
    where repeats_stat_id is not null
)
select
    statistics.stat_id,
    statistics.is_counted,
    min(joined.twin) as twin
from statistics
join joined using (stat_id)
where statistics.is_counted
group by statistics.stat_id, statistics.is_counted
