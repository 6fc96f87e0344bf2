"""Follows that a rule of the place ended are noted for the people here whom they concern (F-387)."""

from collections.abc import Iterable

from fedicara.models import EndedFollow, Follow
from fedicara.server import Server


async def note(server: Server, follows: Iterable[Follow], others: Iterable[int]) -> None:
    """Remember follows that are about to end, with these others; inside the caller's transaction."""
    strangers = frozenset(others)
    ended = [
        EndedFollow(
            actor_id=follow.follower_id if follow.followed_id in strangers else follow.followed_id,
            other_id=follow.followed_id if follow.followed_id in strangers else follow.follower_id,
            is_own=follow.followed_id in strangers,
            ended=server.now(),
        )
        for follow in follows
        if follow.accepted
    ]
    await EndedFollow.bulk_create(ended, ignore_conflicts=True)
