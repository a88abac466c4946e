-- rule: where-finer-than-place
-- severity: warning
-- message: where_precision is {where_precision}, but {place_id} is only known to precision {geo_precision}
-- why: An event cannot be located better than the place it is put in.
-- fix: Correct the precision, or name a more exact place.
-- table: incidents
-- column: where_precision
--
-- Precision of the event not finer than that of its place.
select
    incidents.incident_id,
    incidents.where_precision,
    incidents.place_id,
    places.geo_precision
from incidents
join places using (place_id)
where incidents.where_precision < places.geo_precision
