-- rule: total-not-marked
-- severity: error
-- message: {parts} rows are parts of {stat_id}, but it is not marked as a total
-- why: A sum over all rows would count the total and its parts.
-- fix: Set is_total to true, or take the parent away from its parts.
-- table: statistics
-- column: is_total
--
-- Totals are never summed with their parts: a row that has parts is marked.
select
    totals.stat_id,
    totals.is_total,
    count(*) as parts
from statistics as totals
join statistics as parts on parts.parent_stat_id = totals.stat_id
where not totals.is_total
group by totals.stat_id, totals.is_total
