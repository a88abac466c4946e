-- rule: statistic-without-evidence
-- severity: warning
-- message: {stat_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: statistics
-- column: stat_id
--
-- Every row of a table of facts has at least one row of evidence.
select stat_id
from statistics
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'statistics'
        and evidence.row_id = statistics.stat_id
)
