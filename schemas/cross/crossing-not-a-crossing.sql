-- rule: crossing-not-a-crossing
-- severity: error
-- message: {place_id} is a place of type {place_type}
-- why: Only a border crossing opens and closes.
-- fix: Correct the type of the place, or the crossing.
-- table: crossings
-- column: place_id
--
-- The place of a crossing is a border crossing.
select
    crossings.place_id,
    places.place_type
from crossings
join places using (place_id)
where places.place_type <> 'border_crossing'
