-- rule: office-of-another-person
-- severity: error
-- message: {office_id} is an office of {holder}, but {person_id} speaks
-- why: An office belongs to the one who holds it.
-- fix: Name the speaker's own office, or leave it empty.
-- table: statements
-- column: office_id
--
-- The office behind a statement is held by its speaker.
select
    statements.statement_id,
    statements.office_id,
    statements.person_id,
    offices.person_id as holder
from statements
join offices using (office_id)
where offices.person_id <> statements.person_id
