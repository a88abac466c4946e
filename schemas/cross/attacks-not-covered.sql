-- rule: attacks-not-covered
-- severity: warning
-- message: {reporter_actor_id} counts {value} attacks from {period_start} to {period_end}, the table of incidents has {incidents_coded}
-- why: Whoever adds up the incidents must know how little of the violence they are.
-- fix: Code more incidents. Until then tell users that the table is no census.
-- table: statistics
-- column: value
--
-- Counted attacks against coded incidents of the same period and country, with the operator of
-- the count. Totals only. Figures that repeat another row are passed over.
with recursive regions as (
    select place_id, place_id as region_id from places
    union
    select regions.place_id, places.parent_place_id
    from regions
    join places on places.place_id = regions.region_id
    where places.parent_place_id is not null
)
select
    totals.stat_id,
    totals.reporter_actor_id,
    totals.value,
    totals.period_start,
    totals.period_end,
    count(distinct incidents.incident_id) as incidents_coded
from statistics as totals
left join regions on regions.region_id = totals.place_id
left join incidents
    on incidents.place_id = regions.place_id
    and incidents.date_start >= totals.period_start
    and incidents.date_end <= totals.period_end
    and incidents.event_type not in ('border_clash', 'security_operation')
    and incidents.status in ('candidate', 'reviewed')
where totals.metric = 'attacks'
    and totals.is_total
    and totals.repeats_stat_id is null
    and totals.operator <> 'at_most'
group by totals.stat_id, totals.reporter_actor_id, totals.value, totals.period_start, totals.period_end
having count(distinct incidents.incident_id) < totals.value
