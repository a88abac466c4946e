-- rule: quotation-without-digest
-- severity: error
-- message: {quote_type}, but no evidence locates the quoted words
-- why: A quotation that cannot be found in its source may have been made up.
-- fix: Add evidence with part quotation, or correct the form.
-- table: statements
-- column: quote_type
--
-- Quoted words occur in the source: their position and digest stand in the evidence.
select
    statements.statement_id,
    statements.quote_type
from statements
where statements.quote_type in ('direct', 'mixed')
    and not exists (
        select 1
        from evidence
        where evidence.row_table = 'statements'
            and evidence.row_id = statements.statement_id
            and evidence.part = 'quotation'
    )
