-- rule: lines-not-stated-total
-- severity: warning
-- message: the lines of {holding_id} add up to {lines} of {stated} {unit}
-- why: What the lines leave out is part of the holding too.
-- fix: Add the missing lines, or say in the note what they leave out.
-- table: weapons_inventories
-- column: stated_total_value_usd
--
-- Lines against the stated total, in dollars and in items, with one percent of tolerance for
-- rounding. A line that is itself a total is compared on its own.
with facts as (
    select holdings.holding_id, holdings.stated_total_value_usd, 'US dollars' as unit,
        holdings.stated_total_value_usd as stated, lines.value_usd as amount, lines.is_total
    from weapons_inventories as holdings
    join weapons_inventory_lines as lines using (holding_id)
    union all
    select holdings.holding_id, holdings.stated_total_value_usd, 'items' as unit,
        holdings.stated_total_quantity as stated, lines.quantity as amount, lines.is_total
    from weapons_inventories as holdings
    join weapons_inventory_lines as lines using (holding_id)
)
select
    holding_id,
    stated_total_value_usd,
    unit,
    stated,
    sum(amount) as lines
from facts
group by holding_id, stated_total_value_usd, unit, stated, is_total
having abs(sum(amount) - stated) > 0.01 * stated
