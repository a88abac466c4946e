-- rule: evidence-not-as-consulted
-- severity: error
-- message: basis is {basis}, but {source_id} was consulted as {consulted}
-- why: Positions can only be checked in a text that was read in full.
-- fix: Correct the basis, or how the source was consulted.
-- table: evidence
-- column: basis
--
-- A passage of a stored text comes from a source whose text is stored, an excerpt from one
-- that was read in excerpts.
select
    evidence.evidence_id,
    evidence.basis,
    evidence.source_id,
    sources.consulted
from evidence
join sources using (source_id)
where evidence.basis <> sources.consulted
