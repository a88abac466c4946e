-- rule: office-without-evidence
-- severity: warning
-- message: {office_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: offices
-- column: office_id
--
-- Every row of a table of facts has at least one row of evidence.
select office_id
from offices
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'offices'
        and evidence.row_id = offices.office_id
)
