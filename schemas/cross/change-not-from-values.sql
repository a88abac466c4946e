-- rule: change-not-from-values
-- severity: warning
-- message: a change of {value} percent, but the values went from {old} to {new}, which is {computed} percent
-- why: A percentage that does not follow from its own numbers is a slip of the pen, and travels.
-- fix: Look into the primary. Keep the wrong figure only where its being wrong is the point.
-- table: statistics
-- column: value
--
-- Change in percent follows from the two values, rounded to whole percent. Two points of
-- tolerance where the change itself is rounded.
select
    changes.stat_id,
    changes.value,
    old.value as old,
    new.value as new,
    cast(round(100.0 * new.value / old.value - 100) as bigint) as computed
from statistics as changes
join statistics as new
    on new.metric = regexp_extract(changes.metric, '^change_in_(.*)_pct$', 1)
    and new.reporter_actor_id = changes.reporter_actor_id
    and new.population = changes.population
    and new.place_id = changes.place_id
    and new.period_start = changes.period_start
    and new.period_end = changes.period_end
    and new.repeats_stat_id is null
join statistics as old
    on old.metric = new.metric
    and old.reporter_actor_id = changes.reporter_actor_id
    and old.population = changes.population
    and old.place_id = changes.place_id
    and old.period_start = changes.compare_period_start
    and old.period_end = changes.compare_period_end
    and old.repeats_stat_id is null
where old.value > 0
    and abs(changes.value - round(100.0 * new.value / old.value - 100))
        > case changes.operator when 'about' then 2 else 0 end
