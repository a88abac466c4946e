-- rule: line-of-another-holding
-- severity: error
-- message: {line_id} is a part of {parent_line_id}, which belongs to {parent_holding}
-- why: A part lies in the holding of its total.
-- fix: Correct the parent or the holding.
-- table: weapons_inventory_lines
-- column: parent_line_id
--
-- Part and total belong to one holding.
select
    parts.line_id,
    parts.parent_line_id,
    totals.holding_id as parent_holding
from weapons_inventory_lines as parts
join weapons_inventory_lines as totals on totals.line_id = parts.parent_line_id
where totals.holding_id <> parts.holding_id
