-- rule: episode-without-evidence
-- severity: warning
-- message: {episode_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: episodes
-- column: episode_id
--
-- Every row of a table of facts has at least one row of evidence.
select episode_id
from episodes
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'episodes'
        and evidence.row_id = episodes.episode_id
)
