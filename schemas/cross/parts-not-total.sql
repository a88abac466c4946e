-- rule: parts-not-total
-- severity: error
-- message: {metric} is {value}, but its parts add up to {parts}
-- why: Regions and classes of a total make up the total, or a sum over them is wrong.
-- fix: Correct the part or the total. Put what the source leaves open into a part of population unallocated.
-- table: statistics
-- column: value
--
-- Total against the sum of its parts. What a source leaves open stands in an explicit row, so
-- that there is no tolerance to hide in.
select
    totals.stat_id,
    totals.metric,
    totals.value,
    sum(parts.value) as parts
from statistics as totals
join statistics as parts on parts.parent_stat_id = totals.stat_id
group by totals.stat_id, totals.metric, totals.value
having sum(parts.value) <> totals.value
