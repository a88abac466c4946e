-- rule: source-count-differs
-- severity: warning
-- message: n_sources is {n_sources}, but the reports come from {publishers} publishers
-- why: The number of independent publishers tells how well an incident is attested.
-- fix: Count the publishers of the reports again, or add the missing report.
-- table: incidents
-- column: n_sources
--
-- Number of publishers among the reports. Two versions by one publisher count once.
select
    incidents.incident_id,
    incidents.n_sources,
    count(distinct sources.publisher) as publishers
from incidents
left join incident_reports as reports using (incident_id)
left join sources using (source_id)
group by incidents.incident_id, incidents.n_sources
having incidents.n_sources <> count(distinct sources.publisher)
