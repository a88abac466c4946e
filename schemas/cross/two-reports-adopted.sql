-- rule: two-reports-adopted
-- severity: error
-- message: {adopted_reports} reports on {incident_id} are adopted
-- why: The figures of an incident rest on one report, or nobody can tell where they come from.
-- fix: Adopt the better report only.
-- table: incident_reports
-- column: adopted
--
-- At most one adopted report for an incident. The finding is placed on each report but the
-- first.
select
    report_id,
    incident_id,
    adopted_reports
from (
    select
        report_id,
        incident_id,
        count(*) over (partition by incident_id) as adopted_reports,
        row_number() over (partition by incident_id order by report_date, report_id) as position
    from incident_reports
    where adopted
)
where position > 1
