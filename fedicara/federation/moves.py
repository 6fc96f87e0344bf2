"""Accounts elsewhere that move: what is believed of it, and how their followers here go along (F-380 to F-382)."""

from datetime import timedelta
from typing import Final

from tortoise.expressions import Q

from fedicara.federation import actors, outbox
from fedicara.federation.errors import Gone, Unreachable
from fedicara.federation.objects import fetch_object
from fedicara.models import Actor, Block, Follow, Move
from fedicara.models.database import IntegrityError
from fedicara.models.ids import new_id
from fedicara.reads.access import blocked
from fedicara.server import Server

PAUSE: Final = timedelta(days=7)
_BATCH: Final = 100


async def is_too_soon(server: Server, *uris: str) -> bool:
    """Whether one of these moved, or was moved to, within seven days (ORI-19)."""
    either = Q(origin__uri__in=uris) | Q(target__uri__in=uris)
    return await Move.filter(either, moved__gt=server.now() - PAUSE).exists()


async def confirmed(server: Server, origin: Actor, target_uri: str) -> Actor | None:
    """The target, if both documents read anew say so: it names the origin, which left for it or does not answer."""
    target = actors.parse(await fetch_object(server, target_uri))
    if origin.uri not in target.also_known_as or target.moved_to is not None or target.id == origin.uri:
        return None
    if not await _left_for(server, origin, target.id):
        return None
    return await actors.store(server, target)


async def _left_for(server: Server, origin: Actor, target_uri: str) -> bool:
    try:
        stated = actors.parse(await fetch_object(server, origin.uri))
    except (Gone, Unreachable):
        return True
    return stated.moved_to == target_uri


async def carry(server: Server, move: Move) -> None:
    """Let everybody here go along; begun again after a crash it goes on where it stood."""
    for block in await Block.filter(target_id=move.origin.id, actor__domain=""):
        await Block.get_or_create(actor_id=block.actor_id, target_id=move.target.id)
    last = 0
    while follows := await _next(move, last):
        for follow in follows:
            await _go_along(server, move, follow)
        last = follows[-1].id


async def _next(move: Move, last: int) -> list[Follow]:
    followers = Follow.filter(followed_id=move.origin.id, accepted=True, follower__domain="", id__gt=last)
    return await followers.order_by("id").limit(_BATCH).prefetch_related("follower")


async def _go_along(server: Server, move: Move, follow: Follow) -> None:
    """Follow the target; leave the origin at once where the target lets everybody follow (F-381)."""
    if await blocked(server, follow.follower_id, move.target.id):
        return
    try:
        async with server.database.transaction():
            asked = await _ask(server, follow.follower, move.target)
            if asked.accepted or not move.target.locked:
                await _leave(server, follow, move.origin)
    except IntegrityError:
        # The same person asked a moment ago; the origin is left when the target accepts.
        return


async def _ask(server: Server, follower: Actor, target: Actor) -> Follow:
    existing = await Follow.get_or_none(follower_id=follower.id, followed_id=target.id)
    if existing is not None:
        return existing
    identifier = new_id()
    uri = server.url(f"/activities/{identifier}")
    made = await Follow.create(id=identifier, uri=uri, follower_id=follower.id, followed_id=target.id)
    await outbox.follow(server, made, follower, target)
    return made


async def _leave(server: Server, follow: Follow, origin: Actor) -> None:
    await follow.delete()
    await outbox.unfollow(server, follow, follow.follower, origin)


async def arrive(server: Server, accepted: Follow) -> None:
    """The target of a move accepted: its follower leaves the origin; inside the caller's transaction."""
    for move in await Move.filter(target_id=accepted.followed_id).prefetch_related("origin"):
        held = Follow.filter(follower_id=accepted.follower_id, followed_id=move.origin.id)
        follow = await held.filter(created__lte=move.moved).prefetch_related("follower").first()
        if follow is not None:
            await _leave(server, follow, move.origin)
