-- rule: claim-without-self-claim
-- severity: warning
-- message: claimed_status is {claimed_status}, but no actor claims {incident_id} itself
-- why: Claimed means that the author said so.
-- fix: Add the participation with basis self_claim, or correct the status.
-- table: incidents
-- column: claimed_status
--
-- A claimed attack needs a claim by its author.
select
    incidents.incident_id,
    incidents.claimed_status
from incidents
where incidents.claimed_status = 'claimed'
    and not exists (
        select 1
        from incident_actors as participants
        where participants.incident_id = incidents.incident_id
            and participants.attribution_basis = 'self_claim'
    )
