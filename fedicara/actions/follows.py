"""Following people, and answering those who ask."""

from dataclasses import dataclass

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Forbidden, Invalid, NotFound
from fedicara.federation.heard import moves
from fedicara.federation.said import outbox
from fedicara.federation.said.blocks import is_of_blocked_domain
from fedicara.federation.said.following import ask, leave
from fedicara.models import Actor, Block, EndedFollow, Follow
from fedicara.models.database import IntegrityError
from fedicara.reads.access import blocked
from fedicara.reads.views import ActorView
from fedicara.reads.works import actors
from fedicara.server import Server


@dataclass(frozen=True, slots=True)
class Relation:
    """How two actors stand to each other."""

    following: bool = False
    requested: bool = False
    followed_by: bool = False
    requested_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    domain_blocking: bool = False


async def follow(server: Server, viewer: Viewer, target: Actor) -> Follow:
    """Follow somebody; a locked or remote one answers later. A second time changes nothing."""
    if target.id == viewer.actor.id:
        raise Invalid("account", "One cannot follow oneself.")
    if await blocked(server, viewer.actor.id, target.id):
        raise Forbidden("One of you blocks the other, or all of that server, so neither can follow.")
    if target.moved_to:
        raise Forbidden(f"{target.display_name} moved to {target.moved_to}; follow there.")
    try:
        async with server.database.transaction():
            await EndedFollow.filter(actor_id=viewer.actor.id, other_id=target.id, is_own=True).delete()
            return await ask(server, viewer.actor, target)
    except IntegrityError:
        # The same person asked a moment ago.
        return await Follow.get(follower_id=viewer.actor.id, followed_id=target.id)


async def unfollow(server: Server, viewer: Viewer, target: Actor) -> None:
    """Stop following, or take a request back."""
    async with server.database.transaction():
        existing = await Follow.get_or_none(follower_id=viewer.actor.id, followed_id=target.id)
        if existing is not None:
            await leave(server, existing, viewer.actor, target)


async def relation(server: Server, viewer: Viewer, target: Actor) -> Relation:
    """How the viewer stands to somebody."""
    ours = await Follow.get_or_none(follower_id=viewer.actor.id, followed_id=target.id)
    theirs = await Follow.get_or_none(follower_id=target.id, followed_id=viewer.actor.id)
    return Relation(
        following=ours is not None and ours.accepted,
        requested=ours is not None and not ours.accepted,
        followed_by=theirs is not None and theirs.accepted,
        requested_by=theirs is not None and not theirs.accepted,
        blocking=await Block.filter(actor_id=viewer.actor.id, target_id=target.id).exists(),
        blocked_by=await Block.filter(actor_id=target.id, target_id=viewer.actor.id).exists(),
        domain_blocking=await is_of_blocked_domain([viewer.actor.id], target),
    )


async def requests(server: Server, viewer: Viewer) -> list[ActorView]:
    """Who asks to follow, oldest first."""
    waiting = Follow.filter(followed_id=viewer.actor.id, accepted=False, follower__suspended=None)
    numbers = [follow.follower_id for follow in await waiting.order_by("id").limit(200)]
    found = await actors(server, numbers)
    return [found[number] for number in numbers]


async def answer(server: Server, viewer: Viewer, follower_id: int, accept: bool) -> None:
    """Let somebody follow, or not."""
    async with server.database.transaction():
        asked = await _received(viewer, follower_id, accepted=False)
        if accept:
            asked.accepted = True
            await asked.save(update_fields=["accepted"])
        else:
            await asked.delete()
        if accept and asked.follower.is_local:
            await moves.arrive(server, asked)
        if not asked.follower.is_local:
            await (outbox.accept if accept else outbox.reject)(server, asked)


async def remove_follower(server: Server, viewer: Viewer, follower_id: int) -> None:
    """Take away that somebody follows (F-386)."""
    async with server.database.transaction():
        held = await _received(viewer, follower_id, accepted=True)
        await held.delete()
        if not held.follower.is_local:
            await outbox.reject(server, held)


async def _received(viewer: Viewer, follower_id: int, *, accepted: bool) -> Follow:
    found = await Follow.get_or_none(
        follower_id=follower_id, followed_id=viewer.actor.id, accepted=accepted
    ).prefetch_related("follower", "followed")
    if found is None:
        raise NotFound
    return found
