"""Somebody takes back what they did: a Follow, a Like, a boost (F-203)."""

from typing import Final

from tortoise.queryset import QuerySet

from activitypub.document import Document, id_of, same_origin, type_of
from fedicara.federation.handlers.registry import DONE, HANDLERS, Result, dropped
from fedicara.federation.heard import posts
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Actor, Block, Boost, Follow, Inbound, Like
from fedicara.models.database import IntegrityError
from fedicara.server import Server

_UNDONE: Final = "undone before it came"
_KINDS: Final = {
    **{kind: kind for kind in ("Follow", "Like", "Announce", "Block")},
    "EmojiReact": "Like",
}


@HANDLERS.on("Undo")
async def undo(server: Server, heard: Authenticated) -> Result:
    """Only what the actor did themselves; something that did not come yet is ignored when it comes (ORI-10)."""
    inner = heard.activity.get("object")
    embedded: Document = inner if isinstance(inner, dict) else {}
    if embedded and id_of(embedded.get("actor")) not in (None, heard.actor.uri):
        return dropped("another's activity")
    async with server.database.transaction():
        if await _take_back(heard, id_of(inner) or "", embedded):
            return DONE
    return await _remember(heard, id_of(inner))


async def _take_back(heard: Authenticated, uri: str, embedded: Document) -> int:
    """How many rows went: those of that id, else those of that kind about the same object."""
    actor_id, about = heard.actor.id, id_of(embedded.get("object")) or ""
    kind = _KINDS.get(type_of(embedded, _KINDS) or "")
    gone = 0
    if kind in (None, "Follow"):
        gone += await Follow.filter(follower_id=actor_id, uri=uri).delete()
    if kind in (None, "Like"):
        gone += await _remove(Like.filter(actor_id=actor_id, uri=uri))
    if kind in (None, "Block"):
        gone += await Block.filter(actor_id=actor_id, uri=uri).delete()
    if kind in (None, "Announce"):
        gone += await _remove(Boost.filter(actor_id=actor_id, uri=uri))
    if gone or not about:
        return gone
    return await _take_back_about(kind, actor_id, about)


async def _take_back_about(kind: str | None, actor_id: int, about: str) -> int:
    if kind == "Follow":
        return await Follow.filter(
            id__in=await Follow.filter(follower_id=actor_id, followed__uri=about).values_list("id", flat=True)
        ).delete()
    if kind == "Like":
        return await _remove(Like.filter(actor_id=actor_id, work__uri=about))
    if kind == "Block":
        target = await Actor.get_or_none(uri=about)
        return await Block.filter(actor_id=actor_id, target_id=target.id if target else 0).delete()
    if kind == "Announce":
        return await _remove(Boost.filter(actor_id=actor_id, work__uri=about))
    return 0


async def _remove(reactions: QuerySet[Like] | QuerySet[Boost]) -> int:
    """Take likes or boosts away from their works; how many there were."""
    found = await reactions
    for reaction in found:
        await reaction.delete()
    await posts.count_anew([reaction.work_id for reaction in found])
    return len(found)


async def _remember(heard: Authenticated, uri: str | None) -> Result:
    """Note the id as seen, so that the activity it names has no effect when it comes late."""
    if uri is None or not same_origin(uri, heard.actor.uri):
        return dropped("unknown")
    try:
        await Inbound.create(uri=uri, actor=heard.actor, outcome=_UNDONE)
    except IntegrityError:
        # It came a moment ago, and may still wait to be handled.
        waits = Inbound.filter(uri=uri, actor_id=heard.actor.id, outcome="")
        return DONE if await waits.update(document="", outcome=_UNDONE) else dropped("undone already")
    return DONE
