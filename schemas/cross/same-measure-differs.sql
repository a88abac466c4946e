-- rule: same-measure-differs
-- severity: warning
-- message: {measure_type} {stated_total_value_usd} after {source_id}, but {other_value} after {other_source}, both by {reporter_actor_id}
-- why: One reporter has one figure for one measure. The lower one is probably another measure, such as what was left.
-- fix: Find out which measure each source means. Until then use neither for sums.
-- table: weapons_inventories
-- column: stated_total_value_usd
--
-- One reporter, one measure, two values more than a fifth apart. The finding is placed on the
-- lower figure.
select
    lower.holding_id,
    lower.measure_type,
    lower.stated_total_value_usd,
    lower.source_id,
    lower.reporter_actor_id,
    higher.stated_total_value_usd as other_value,
    higher.source_id as other_source
from weapons_inventories as lower
join weapons_inventories as higher
    on higher.reporter_actor_id = lower.reporter_actor_id
    and higher.measure_type = lower.measure_type
    and higher.holder_actor_id = lower.holder_actor_id
    and higher.place_id = lower.place_id
where higher.stated_total_value_usd > 1.2 * lower.stated_total_value_usd
