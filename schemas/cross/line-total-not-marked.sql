-- rule: line-total-not-marked
-- severity: error
-- message: {parts} lines are parts of {line_id}, but it is not marked as a total
-- why: A sum over all lines would count the total and its parts.
-- fix: Set is_total to true, or take the parent away from its parts.
-- table: weapons_inventory_lines
-- column: is_total
--
-- Totals are never summed with their parts: a line that has parts is marked.
select
    totals.line_id,
    totals.is_total,
    count(*) as parts
from weapons_inventory_lines as totals
join weapons_inventory_lines as parts on parts.parent_line_id = totals.line_id
where not totals.is_total
group by totals.line_id, totals.is_total
