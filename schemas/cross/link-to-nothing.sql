-- rule: link-to-nothing
-- severity: error
-- message: {other_table} has no row {other_id}
-- why: A link to a row that does not exist drops out of every join.
-- fix: Correct the table or the key, or remove the link.
-- table: claim_links
-- column: other_id
--
-- The other row of a link exists. The reference goes to many tables, so no foreign key can
-- hold it.
with targets as (
    select 'border_events' as table_name, border_event_id as id from border_events
    union all
    select 'claims' as table_name, claim_id as id from claims
    union all
    select 'episodes' as table_name, episode_id as id from episodes
    union all
    select 'incidents' as table_name, incident_id as id from incidents
    union all
    select 'offices' as table_name, office_id as id from offices
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
    links.claim_id,
    links.relation,
    links.other_table,
    links.other_id
from claim_links as links
left join targets on targets.table_name = links.other_table and targets.id = links.other_id
where targets.id is null
