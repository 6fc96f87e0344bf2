"""Accounts that move: what is believed of it, and how their followers here go along (F-380 to F-382)."""

from datetime import timedelta
from typing import Final

from tortoise.expressions import Q

from fedicara.federation.errors import Gone, Missing, Unreachable
from fedicara.federation.fetched import actors
from fedicara.federation.fetched.objects import fetch_object, is_own
from fedicara.federation.said.following import ask, leave
from fedicara.jobs.queue import Claim
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Account, Actor, Block, Follow, Move, MoveNotice
from fedicara.models.database import IntegrityError
from fedicara.reads.access import blocked
from fedicara.server import Server

CARRY: Final = "carry"
PAUSE: Final = timedelta(days=7)
_BATCH: Final = 100


async def is_too_soon(server: Server, *uris: str) -> bool:
    """Whether one of these moved, or was moved to, within seven days (ORI-19)."""
    either = Q(origin__uri__in=uris) | Q(target__uri__in=uris)
    return await Move.filter(either, moved__gt=server.now() - PAUSE).exists()


async def confirmed(server: Server, origin: Actor, target_uri: str) -> Actor | None:
    """The target, if both sides say so now: it names the origin, which left for it or does not answer."""
    target = await place_to_go(server, origin, target_uri)
    if target is None or not await _left_for(server, origin, target.uri):
        return None
    return target


async def place_to_go(server: Server, origin: Actor, target_uri: str) -> Actor | None:
    """The target as it stands now, read anew where it is elsewhere, if it names the origin and did not move itself."""
    if is_own(server, target_uri):
        return await _here(origin, target_uri)
    stated = actors.parse(await fetch_object(server, target_uri))
    if origin.uri not in stated.also_known_as or stated.moved_to is not None or stated.id == origin.uri:
        return None
    return await actors.store(server, stated)


async def _here(origin: Actor, target_uri: str) -> Actor | None:
    target = await Actor.get_or_none(uri=target_uri, domain="", moved_to="")
    named = target is not None and origin.uri in target.also_known_as and target.id != origin.id
    return target if named else None


async def _left_for(server: Server, origin: Actor, target_uri: str) -> bool:
    try:
        stated = actors.parse(await fetch_object(server, origin.uri))
    except (Gone, Missing, Unreachable):
        return True
    return stated.moved_to == target_uri


async def run(server: Server, claim: Claim) -> Outcome:
    """Job `carry`: the followers here of somebody here who moved."""
    move = await Move.get_or_none(id=claim.payload["move"]).prefetch_related("origin", "target")
    if move is not None:
        await carry(server, move)
    return Done()


async def carry(server: Server, move: Move) -> None:
    """Let everybody here go along; begun again after a crash it goes on where it stood."""
    for block in await Block.filter(target_id=move.origin.id, actor__domain=""):
        await Block.get_or_create(actor_id=block.actor_id, target_id=move.target.id)
    last = 0
    while follows := await _next(move, last):
        for follow in follows:
            await _tell(server, move, follow)
        last = follows[-1].id


async def _next(move: Move, last: int) -> list[Follow]:
    followers = Follow.filter(followed_id=move.origin.id, accepted=True, follower__domain="", id__gt=last)
    return await followers.order_by("id").limit(_BATCH).prefetch_related("follower")


async def _tell(server: Server, move: Move, follow: Follow) -> None:
    """One notice for each follower, who goes along unless they said not to, or one blocks the other (F-381)."""
    if await blocked(server, follow.follower_id, move.target.id):
        return
    try:
        async with server.database.transaction():
            await MoveNotice.get_or_create(actor_id=follow.follower_id, move_id=move.id)
            if await _goes_along(follow.follower_id, move):
                await _go_along(server, move, follow)
    except IntegrityError:
        # The same person asked a moment ago; the origin is left when the target accepts.
        return


async def _goes_along(follower_id: int, move: Move) -> bool:
    """Whether somebody follows people to where they move; nobody follows themselves there."""
    stays = await Account.filter(actor_id=follower_id, follows_moves=False).exists()
    return not stays and follower_id != move.target.id


async def _go_along(server: Server, move: Move, follow: Follow) -> None:
    """Follow the target; leave the origin at once where the target lets everybody follow (F-381)."""
    asked = await ask(server, follow.follower, move.target)
    if asked.accepted or not move.target.locked:
        await leave(server, follow, follow.follower, move.origin)


async def arrive(server: Server, accepted: Follow) -> None:
    """The target of a move accepted: its follower leaves the origin; inside the caller's transaction."""
    for move in await Move.filter(target_id=accepted.followed_id).prefetch_related("origin", "target"):
        if move.origin.moved_to != move.target.uri or not await _goes_along(accepted.follower_id, move):
            continue
        held = Follow.filter(follower_id=accepted.follower_id, followed_id=move.origin.id)
        follow = await held.filter(created__lte=move.moved).prefetch_related("follower").first()
        if follow is not None:
            await leave(server, follow, follow.follower, move.origin)
