-- rule: evidence-of-nothing
-- severity: error
-- message: {row_table} has no row {row_id}
-- why: Evidence for a row that does not exist hides that another row has none.
-- fix: Correct the table or the key, or remove the evidence.
-- table: evidence
-- column: row_id
--
-- The row that evidence supports exists. The reference goes to many tables, so no foreign key
-- can hold it.
with targets as (
    select 'actors' as table_name, actor_id as id from actors
    union all
    select 'border_events' as table_name, border_event_id as id from border_events
    union all
    select 'claims' as table_name, claim_id as id from claims
    union all
    select 'episodes' as table_name, episode_id as id from episodes
    union all
    select 'incident_actors' as table_name, incident_actor_id as id from incident_actors
    union all
    select 'incident_reports' as table_name, report_id as id from incident_reports
    union all
    select 'incidents' as table_name, incident_id as id from incidents
    union all
    select 'offices' as table_name, office_id as id from offices
    union all
    select 'persons' as table_name, person_id as id from persons
    union all
    select 'places' as table_name, place_id as id from places
    union all
    select 'statements' as table_name, statement_id as id from statements
    union all
    select 'statistics' as table_name, stat_id as id from statistics
    union all
    select 'weapons_inventories' as table_name, holding_id as id from weapons_inventories
    union all
    select 'weapons_inventory_lines' as table_name, line_id as id from weapons_inventory_lines
)
select
    evidence.evidence_id,
    evidence.row_table,
    evidence.row_id
from evidence
left join targets on targets.table_name = evidence.row_table and targets.id = evidence.row_id
where targets.id is null
