"""Liking works, and showing them to one's followers."""

from typing import Final, TypeVar

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Forbidden, NotFound
from fedicara.federation.heard import consent, posts
from fedicara.federation.said import outbox
from fedicara.federation.said.documents import WIDE
from fedicara.models import Boost, Like, Work
from fedicara.models.database import IntegrityError
from fedicara.models.ids import new_id
from fedicara.reads.access import may_read
from fedicara.server import Server

_REFUSED: Final = {
    consent.LIKE: "The author of this post takes no likes from you.",
    consent.REPLY: "The author of this post takes no replies from you.",
    consent.BOOST: "The author of this post does not let you boost it.",
}

Reaction = TypeVar("Reaction", Like, Boost)


async def readable(server: Server, viewer: Viewer, work_id: int) -> Work:
    """The published work with its author, if the viewer may read it; else `NotFound`, as if it never was."""
    work = await Work.get_or_none(id=work_id, state="published").prefetch_related("actor")
    if work is None or not await may_read(server, work, viewer.actor.id):
        raise NotFound
    return work


async def like(server: Server, viewer: Viewer, work_id: int) -> None:
    """Like a work; its author is told. A second time changes nothing."""
    work = await readable(server, viewer, work_id)
    await check_consent(viewer, work, consent.LIKE)
    try:
        async with server.database.transaction():
            made = await _react(server, Like, viewer, work)
            if made is not None and not work.actor.is_local:
                await outbox.like(server, made, viewer.actor, work)
    except IntegrityError:
        return  # The same person liked it a moment ago.


async def unlike(server: Server, viewer: Viewer, work_id: int) -> None:
    """Take one's like back."""
    work = await readable(server, viewer, work_id)
    async with server.database.transaction():
        gone = await _take_back(Like, viewer, work)
        if gone is not None and not work.actor.is_local:
            await outbox.unlike(server, gone, viewer.actor, work)


async def boost(server: Server, viewer: Viewer, work_id: int) -> None:
    """Show a work to one's followers; `Forbidden` for works that are not for everybody, except one's own (F-211)."""
    check_stays(viewer)
    work = await readable(server, viewer, work_id)
    _check_may_show(viewer, work)
    await check_consent(viewer, work, consent.BOOST)
    try:
        async with server.database.transaction():
            made = await _react(server, Boost, viewer, work)
            if made is not None:
                await outbox.announce(server, made, viewer.actor, work)
    except IntegrityError:
        return  # The same person boosted it a moment ago.


async def unboost(server: Server, viewer: Viewer, work_id: int) -> None:
    """Take one's boost back."""
    work = await readable(server, viewer, work_id)
    async with server.database.transaction():
        gone = await _take_back(Boost, viewer, work)
        if gone is not None:
            await outbox.unannounce(server, gone, viewer.actor, work)


async def check_consent(viewer: Viewer, work: Work, what: str) -> None:
    """`Forbidden` for what the author of a post would refuse (F-253)."""
    if not await consent.may(work, viewer.actor, what):
        raise Forbidden(_REFUSED[what])


def check_stays(viewer: Viewer) -> None:
    """`Forbidden` for who moved to another place (F-384)."""
    if viewer.actor.moved_to:
        raise Forbidden(f"This account moved to {viewer.actor.moved_to} and posts nothing more here.")


def may_show(viewer: Viewer, work: Work) -> bool:
    """Whether the viewer may boost a work that they may read."""
    own = work.visibility == "followers" and work.actor_id == viewer.actor.id
    return work.visibility in WIDE or own


def _check_may_show(viewer: Viewer, work: Work) -> None:
    if not may_show(viewer, work):
        raise Forbidden("Only works that everybody may see can be boosted.")


async def _react(server: Server, kind: type[Reaction], viewer: Viewer, work: Work) -> Reaction | None:
    """A new row, whose id is its activity's too; None where there is one already."""
    if await kind.filter(work_id=work.id, actor_id=viewer.actor.id).exists():
        return None
    identifier = new_id()
    made = await kind.create(
        id=identifier,
        uri=server.url(f"/activities/{identifier}"),
        work_id=work.id,
        actor_id=viewer.actor.id,
    )
    await posts.count_anew([work.id])
    return made


async def _take_back(kind: type[Reaction], viewer: Viewer, work: Work) -> Reaction | None:
    found = await kind.get_or_none(work_id=work.id, actor_id=viewer.actor.id)
    if found is not None:
        await found.delete()
        await posts.count_anew([work.id])
    return found
