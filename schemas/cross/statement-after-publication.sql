-- rule: statement-after-publication
-- severity: error
-- message: made on {date_start} at the earliest, after its source {source_id} was published on {published_date}
-- why: A source cannot print what is said after its publication.
-- fix: Correct the date of the statement, or that of the source.
-- table: statements
-- column: date_start
--
-- Statement dated after its source. A date of publication that is only known to the month,
-- quarter or year counts as its last day.
select
    statements.statement_id,
    statements.date_start,
    statements.source_id,
    sources.published_date
from statements
join sources using (source_id)
where statements.date_start > case sources.published_precision
        when 'month' then last_day(sources.published_date)
        when 'quarter' then last_day(sources.published_date + interval 2 month)
        when 'year' then last_day(sources.published_date + interval 11 month)
        else sources.published_date
    end
