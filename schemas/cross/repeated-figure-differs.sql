-- rule: repeated-figure-differs
-- severity: error
-- message: repeats {repeats_stat_id} with {value} instead of {original}
-- why: A row that repeats another one gives the same figure, or it does not repeat it.
-- fix: Correct the figure, or do not call the row a repetition.
-- table: statistics
-- column: value
--
-- Repetition gives the figure, the metric and the period of its original.
select
    copies.stat_id,
    copies.repeats_stat_id,
    copies.value,
    originals.value as original
from statistics as copies
join statistics as originals on originals.stat_id = copies.repeats_stat_id
where copies.value <> originals.value
    or copies.metric <> originals.metric
    or copies.period_start <> originals.period_start
    or copies.period_end <> originals.period_end
    or copies.place_id <> originals.place_id
