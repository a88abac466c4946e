-- rule: incident-actor-without-evidence
-- severity: warning
-- message: {incident_actor_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: incident_actors
-- column: incident_actor_id
--
-- Every row of a table of facts has at least one row of evidence.
select incident_actor_id
from incident_actors
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'incident_actors'
        and evidence.row_id = incident_actors.incident_actor_id
)
