-- rule: single-publisher
-- severity: info
-- message: every report on {incident_id} comes from {publisher}
-- why: A single publisher may be wrong, and nobody would notice.
-- fix: Look for an independent report.
-- table: incidents
-- column: n_sources
--
-- Incident attested by one publisher only.
select
    incidents.incident_id,
    incidents.n_sources,
    min(sources.publisher) as publisher
from incidents
join incident_reports as reports using (incident_id)
join sources using (source_id)
group by incidents.incident_id, incidents.n_sources
having count(distinct sources.publisher) = 1
