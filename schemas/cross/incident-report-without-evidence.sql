-- rule: incident-report-without-evidence
-- severity: warning
-- message: {report_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: incident_reports
-- column: report_id
--
-- Every row of a table of facts has at least one row of evidence.
select report_id
from incident_reports
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'incident_reports'
        and evidence.row_id = incident_reports.report_id
)
