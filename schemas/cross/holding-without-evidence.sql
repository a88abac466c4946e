-- rule: holding-without-evidence
-- severity: warning
-- message: {holding_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: weapons_inventories
-- column: holding_id
--
-- Every row of a table of facts has at least one row of evidence.
select holding_id
from weapons_inventories
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'weapons_inventories'
        and evidence.row_id = weapons_inventories.holding_id
)
