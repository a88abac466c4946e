-- rule: episodes-overlap
-- severity: warning
-- message: {kind} begins on {date_start}, before {other_id} of the same parties has ended
-- why: Two overlapping episodes of one kind and pair are one episode, or one of the dates is wrong.
-- fix: Merge the two, or correct the dates.
-- table: episodes
-- column: date_start
--
-- Episodes of one kind and pair do not overlap.
select
    later.episode_id,
    later.kind,
    later.date_start,
    earlier.episode_id as other_id
from episodes as later
join episodes as earlier
    on earlier.kind = later.kind
    and earlier.episode_id <> later.episode_id
    and least(earlier.party_a_actor_id, earlier.party_b_actor_id)
        = least(later.party_a_actor_id, later.party_b_actor_id)
    and greatest(earlier.party_a_actor_id, earlier.party_b_actor_id)
        = greatest(later.party_a_actor_id, later.party_b_actor_id)
    and coalesce(earlier.place_id, '') = coalesce(later.place_id, '')
where earlier.party_a_actor_id is not null
    and earlier.party_b_actor_id is not null
    and later.party_a_actor_id is not null
    and later.party_b_actor_id is not null
    and (earlier.date_start, earlier.episode_id) < (later.date_start, later.episode_id)
    and later.date_start <= coalesce(earlier.date_end, date '9999-12-31')
