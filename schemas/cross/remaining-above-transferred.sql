-- rule: remaining-above-transferred
-- severity: error
-- message: {measure_type} {stated_total_value_usd} exceeds the {transferred} that {transferred_holding_id} says was transferred
-- why: What is left of a delivery cannot be worth more than the delivery.
-- fix: Check which measure each figure is.
-- table: weapons_inventories
-- column: stated_total_value_usd
--
-- Remaining at most what was transferred, in one account of one reporter.
select
    stocks.holding_id,
    stocks.measure_type,
    stocks.stated_total_value_usd,
    deliveries.holding_id as transferred_holding_id,
    deliveries.stated_total_value_usd as transferred
from weapons_inventories as stocks
join weapons_inventories as deliveries
    on deliveries.source_id = stocks.source_id
    and deliveries.reporter_actor_id = stocks.reporter_actor_id
    and deliveries.place_id = stocks.place_id
where stocks.measure_type in ('remaining', 'in_inventory', 'captured')
    and deliveries.measure_type = 'transferred'
    and stocks.stated_total_value_usd > deliveries.stated_total_value_usd
