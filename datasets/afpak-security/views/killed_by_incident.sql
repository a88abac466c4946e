-- title: Dead by incident
-- description: The adopted numbers of dead for each incident that was not merged into another, beside the range of all
--   reports that give a total, and how many reports and sources there are.
-- key: incident_id
-- column incident_id: The incident.
-- column date_start: Its first day, as far as it is known.
-- column place_id: Its place.
-- column killed_low: The lowest credible number of dead.
-- unit killed_low: persons
-- column killed_best: The adopted number of dead.
-- unit killed_best: persons
-- column killed_high: The highest credible number of dead.
-- unit killed_high: persons
-- column reported_low: The lowest total that a report gives.
-- unit reported_low: persons
-- column reported_high: The highest total that a report gives.
-- unit reported_high: persons
-- column reports: Reports of the incident, superseded ones as well.
-- unit reports: reports
-- column sources: Different sources of these reports.
-- unit sources: sources
select
  i.incident_id, i.date_start, i.place_id, i.killed_low, i.killed_best, i.killed_high,
  min(r.killed_total) as reported_low, max(r.killed_total) as reported_high,
  count(r.report_id) as reports, count(distinct r.source_id) as sources
from incidents i left join incident_reports r using (incident_id)
where i.merged_into_incident_id is null
group by all
