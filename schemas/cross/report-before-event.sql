-- rule: report-before-event
-- severity: warning
-- message: dated {report_date}, before {incident_id} could happen on {date_start}
-- why: Nobody reports what has not happened. Such a date is usually a fault of the page's metadata.
-- fix: Look for the true date of the report, or waive it with the reason.
-- table: incident_reports
-- column: report_date
--
-- Published before the event. The first possible day of the incident is compared, so that a
-- vague date raises no alarm.
select
    reports.report_id,
    reports.report_date,
    reports.incident_id,
    incidents.date_start
from incident_reports as reports
join incidents using (incident_id)
where reports.report_date < incidents.date_start
