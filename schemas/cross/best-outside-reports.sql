-- rule: best-outside-reports
-- severity: warning
-- message: killed_best {killed_best} is outside of what its reports say, {lowest} to {highest}
-- why: A best estimate that nobody reported is a guess.
-- fix: Adopt a reported figure, or add the report that it comes from.
-- table: incidents
-- column: killed_best
--
-- Best estimate within the range of the reports that give a total.
select
    incidents.incident_id,
    incidents.killed_best,
    min(reports.killed_total) as lowest,
    max(reports.killed_total) as highest
from incidents
join incident_reports as reports using (incident_id)
group by incidents.incident_id, incidents.killed_best
having incidents.killed_best < min(reports.killed_total)
    or incidents.killed_best > max(reports.killed_total)
