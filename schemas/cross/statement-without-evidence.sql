-- rule: statement-without-evidence
-- severity: warning
-- message: {statement_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: statements
-- column: statement_id
--
-- Every row of a table of facts has at least one row of evidence.
select statement_id
from statements
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'statements'
        and evidence.row_id = statements.statement_id
)
