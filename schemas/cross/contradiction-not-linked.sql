-- rule: contradiction-not-linked
-- severity: warning
-- message: denies what {other_id} says about {topic}, but no link relates their claims
-- why: A reader of one side must find the other.
-- fix: Add a link with relation contradicts between the claims of the two statements.
-- table: statements
-- column: topic
--
-- Accusation and denial on one topic are linked.
select
    denials.statement_id,
    denials.topic,
    accusations.statement_id as other_id
from statements as denials
join statements as accusations
    on accusations.topic = denials.topic
    and accusations.speech_act in ('accuse', 'claim')
where denials.speech_act = 'deny'
    and not exists (
        select 1
        from claim_links as links
        join claims as ones on ones.claim_id = links.claim_id
        join claims as others on links.other_table = 'claims' and others.claim_id = links.other_id
        where links.relation = 'contradicts'
            and (
                (ones.statement_id = denials.statement_id and others.statement_id = accusations.statement_id)
                or (ones.statement_id = accusations.statement_id and others.statement_id = denials.statement_id)
            )
    )
