-- rule: same-fact-not-linked
-- severity: warning
-- message: {value} killed in {place_id} may be the same dead as in {incident_id}, but no claim joins the two
-- why: An incident and a statistic about the same dead are easily added up.
-- fix: Link both rows to one claim with relation same_fact_as, or say in the note why they differ.
-- table: statistics
-- column: stat_id
--
-- A statistic that equals an incident in number, class, period and province without being
-- joined to it.
with recursive regions as (
    select place_id, place_id as region_id from places
    union
    select regions.place_id, places.parent_place_id
    from regions
    join places on places.place_id = regions.region_id
    where places.parent_place_id is not null
),
provinces as (
    select regions.place_id, regions.region_id
    from regions
    join places on places.place_id = regions.region_id
    where places.place_type = 'adm1'
)
select
    statistics.stat_id,
    statistics.value,
    statistics.place_id,
    incidents.incident_id
from statistics
join incidents
    on incidents.date_start between statistics.period_start and statistics.period_end
    and incidents.killed_security = statistics.value
join provinces as there on there.place_id = statistics.place_id
join provinces as here on here.place_id = incidents.place_id and here.region_id = there.region_id
where statistics.metric = 'killed'
    and statistics.population = 'security'
    and statistics.unit = 'persons'
    and statistics.value > 0
    and not exists (
        select 1
        from claim_links as ones
        join claim_links as others using (claim_id)
        where ones.relation = 'same_fact_as'
            and others.relation = 'same_fact_as'
            and ones.other_table = 'statistics'
            and ones.other_id = statistics.stat_id
            and others.other_table = 'incidents'
            and others.other_id = incidents.incident_id
    )
