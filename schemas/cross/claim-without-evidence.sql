-- rule: claim-without-evidence
-- severity: warning
-- message: {claim_id} has no row in evidence
-- why: A row that nothing supports cannot be checked by anybody.
-- fix: Add the passage or the excerpt that it rests on.
-- table: claims
-- column: claim_id
--
-- Every row of a table of facts has at least one row of evidence.
select claim_id
from claims
where not exists (
    select 1
    from evidence
    where evidence.row_table = 'claims'
        and evidence.row_id = claims.claim_id
)
