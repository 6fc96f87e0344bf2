"""Moving to another place and coming from one: aliases, the move itself, and taking it back (F-383, F-384)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from activitypub.document import id_of
from fedicara.actions import audit, discovery
from fedicara.actions.authentication import Viewer, check_password
from fedicara.actions.errors import Forbidden, Invalid, NotFound
from fedicara.federation.errors import RemoteError
from fedicara.federation.heard.moves import place_to_go
from fedicara.federation.said import departures, outbox
from fedicara.models import Actor, Move, MoveNotice
from fedicara.reads.views import ActorView
from fedicara.reads.works import actors
from fedicara.server import Server

ALIASES_MOST = 10
PAUSE = timedelta(days=30)
REGRET = timedelta(days=7)


async def check_own(viewer: Viewer, password: str) -> None:
    """Whoever holds a session alone cannot give an account away (F-383)."""
    if not await check_password(viewer.account.password_hash, password):
        raise Invalid("password", "That is not your password.")


async def add_alias(server: Server, viewer: Viewer, text: str) -> None:
    """Say that an account elsewhere is the viewer's too, so that it can move here; ask for the password first."""
    uri = await _named(server, viewer, text, "alias")
    async with server.database.transaction():
        actor = await Actor.get(id=viewer.actor.id)
        if uri in actor.also_known_as:
            return
        if len(actor.also_known_as) >= ALIASES_MOST:
            raise Invalid("alias", f"At most {ALIASES_MOST} old accounts can be named.")
        await _change_aliases(server, actor, [*actor.also_known_as, uri])


async def remove_alias(server: Server, viewer: Viewer, uri: str) -> None:
    """Name an account no longer."""
    async with server.database.transaction():
        actor = await Actor.get(id=viewer.actor.id)
        if uri in actor.also_known_as:
            await _change_aliases(server, actor, [each for each in actor.also_known_as if each != uri])


async def _change_aliases(server: Server, actor: Actor, uris: list[str]) -> None:
    actor.also_known_as = uris
    actor.revision += 1
    await actor.save()
    await outbox.update_actor(server, actor)


async def _named(server: Server, viewer: Viewer, text: str, field: str) -> str:
    """The id of the account somebody names; an address counts as one where nobody answers there any more."""
    found = await discovery.find(server, viewer, text.strip())
    uri = found.uri if found is not None else id_of(text.strip())
    if uri is None:
        raise Invalid(field, "Nobody was found there. Write @name@host, or the address of the account.")
    if uri == viewer.actor.uri:
        raise Invalid(field, "That is this account itself.")
    return uri


async def move(server: Server, viewer: Viewer, text: str, *, by: str) -> Actor:
    """Move to another account, which names this one; who follows is told. The new place."""
    if viewer.actor.moved_to:
        raise Forbidden("This account moved already.")
    await _check_pause(server, viewer)
    target = await _confirmed(server, viewer, await _named(server, viewer, text, "target"))
    async with server.database.transaction():
        actor = await Actor.get(id=viewer.actor.id)
        await departures.depart(server, actor, target)
        await audit.note(by, "accounts move", actor.username, target=target.uri)
    return target


async def _check_pause(server: Server, viewer: Viewer) -> None:
    last = await last_move(viewer)
    if last is not None and last.moved > server.now() - PAUSE:
        raise Forbidden(f"An account moves once in {PAUSE.days} days; this one did on {last.moved:%Y-%m-%d}.")


async def _confirmed(server: Server, viewer: Viewer, uri: str) -> Actor:
    try:
        target = await place_to_go(server, viewer.actor, uri)
    except RemoteError:
        raise Invalid(
            "target", "That account cannot be read at the moment; its server may be down."
        ) from None
    if target is None:
        raise Invalid(
            "target", f"That account does not name {viewer.actor.uri} as an alias yet; add it there first."
        )
    return target


async def last_move(viewer: Viewer) -> Move | None:
    """When and where the viewer moved last."""
    moves = Move.filter(origin_id=viewer.actor.id).order_by("-moved").prefetch_related("target")
    return await moves.first()


def regret_until(last: Move) -> datetime:
    """Until when a move can be taken back."""
    moved: datetime = last.moved
    return moved + REGRET


async def come_back(server: Server, viewer: Viewer, *, by: str) -> None:
    """Take the move back within seven days; followers do not come back by it (F-384)."""
    last = await last_move(viewer)
    if last is None or not viewer.actor.moved_to:
        raise NotFound
    if server.now() > regret_until(last):
        raise Forbidden(f"A move can be taken back for {REGRET.days} days; that time is over.")
    async with server.database.transaction():
        actor = await Actor.get(id=viewer.actor.id)
        await departures.come_back(server, actor, last)
        await audit.note(by, "accounts unmove", actor.username)


async def notices(server: Server, viewer: Viewer) -> Sequence[tuple[MoveNotice, ActorView, ActorView]]:
    """Who moved, from where to where, newest first, until the viewer has seen it (F-381)."""
    found = MoveNotice.filter(actor_id=viewer.actor.id).order_by("-id").limit(20)
    told = await found.prefetch_related("move")
    people = await actors(server, {id for each in told for id in (each.move.origin_id, each.move.target_id)})
    return [(each, people[each.move.origin_id], people[each.move.target_id]) for each in told]


async def dismiss(viewer: Viewer, notice_id: int) -> None:
    """The viewer has seen it."""
    await MoveNotice.filter(id=notice_id, actor_id=viewer.actor.id).delete()
