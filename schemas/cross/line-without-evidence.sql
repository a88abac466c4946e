-- rule: line-without-evidence
-- severity: warning
-- message: {line_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: weapons_inventory_lines
-- column: line_id
--
-- Every row of a table of facts has at least one row of evidence.
select line_id
from weapons_inventory_lines
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'weapons_inventory_lines'
        and evidence.row_id = weapons_inventory_lines.line_id
)
