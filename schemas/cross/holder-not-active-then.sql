-- rule: holder-not-active-then
-- severity: warning
-- message: {holder_actor_id} held the items as of {as_of_date}, but existed until {active_to}
-- why: What is left of an actor that is gone belongs to somebody else.
-- fix: Name the holder of that day, or correct the date.
-- table: weapons_inventories
-- column: holder_actor_id
--
-- Holder active on the day of the holding, so that nothing is delivered to the former Afghan
-- forces after their end.
select
    holdings.holding_id,
    holdings.holder_actor_id,
    holdings.as_of_date,
    actors.active_to
from weapons_inventories as holdings
join actors on actors.actor_id = holdings.holder_actor_id
where holdings.as_of_date > actors.active_to
    or holdings.as_of_date < actors.active_from
