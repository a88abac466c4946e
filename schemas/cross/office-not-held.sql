-- rule: office-not-held
-- severity: warning
-- message: said between {earliest} and {latest}, but the office {role} was held from {term_start} to {term_end}
-- why: A stale title lends a statement an authority that the speaker no longer has.
-- fix: Date the statement, or name the office that the speaker held then.
-- table: statements
-- column: office_id
--
-- Speaker held the printed office when speaking. An undated statement may be as late as its
-- source. An end or beginning that is not known raises no alarm.
select
    statements.statement_id,
    statements.office_id,
    offices.role,
    coalesce(strftime(statements.date_start, '%Y-%m-%d'), 'an unknown day') as earliest,
    strftime(coalesce(statements.date_end, sources.published_date), '%Y-%m-%d') as latest,
    coalesce(strftime(offices.date_start, '%Y-%m-%d'), 'an unknown day') as term_start,
    coalesce(strftime(offices.date_end, '%Y-%m-%d'), 'an unknown day') as term_end
from statements
join offices using (office_id)
join sources on sources.source_id = statements.source_id
where coalesce(statements.date_end, sources.published_date) > offices.date_end
    or statements.date_start < offices.date_start
