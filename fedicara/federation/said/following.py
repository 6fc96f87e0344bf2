"""Asking to follow, and ceasing to, in the name of somebody here; inside the caller's transaction."""

from fedicara.federation.said import outbox
from fedicara.models import Actor, Follow
from fedicara.models.ids import new_id
from fedicara.server import Server


async def ask(server: Server, follower: Actor, target: Actor) -> Follow:
    """Follow somebody; a locked or remote one answers later. A second time changes nothing."""
    existing = await Follow.get_or_none(follower_id=follower.id, followed_id=target.id)
    if existing is not None:
        return existing
    identifier = new_id()
    made = await Follow.create(
        id=identifier,
        uri=server.url(f"/activities/{identifier}"),
        follower_id=follower.id,
        followed_id=target.id,
        accepted=target.is_local and not target.locked,
    )
    if not target.is_local:
        await outbox.follow(server, made, follower, target)
    return made


async def leave(server: Server, follow: Follow, follower: Actor, target: Actor) -> None:
    """Stop following, or take a request back."""
    await follow.delete()
    if not target.is_local:
        await outbox.unfollow(server, follow, follower, target)
