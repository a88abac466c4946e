-- rule: incident-without-evidence
-- severity: warning
-- message: {incident_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: incidents
-- column: incident_id
--
-- Every row of a table of facts has at least one row of evidence.
select incident_id
from incidents
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'incidents'
        and evidence.row_id = incidents.incident_id
)
