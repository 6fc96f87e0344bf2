"""Who is blocked by whom, as far as other servers are concerned (F-213, F-387, MOD-03)."""

from collections.abc import Collection
from typing import Final

from activitypub.document import Document, id_of, ids
from fedicara.federation.fetched.objects import is_own
from fedicara.federation.servers.rules import names_of
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Actor, Block, DomainBlock, Follow, Work
from fedicara.server import Server

TOUCHING: Final = frozenset({"Create", "Like", "EmojiReact", "Announce"})
_MOST: Final = 100
_BLOCKED: Final = """SELECT 1 WHERE EXISTS (SELECT 1 FROM blocks WHERE target_id = $1)
OR EXISTS (SELECT 1 FROM domain_blocks)"""


async def is_unwanted(server: Server, heard: Authenticated) -> bool:
    """Whether somebody here blocks the sender: the author of what it is about, or the only people it is for.

    Plan: blocks_target, which has nobody for nearly all senders; most places block no domain for one person.
    """
    if await server.database.row(_BLOCKED, heard.actor.id) is None:
        return False
    stated = heard.activity.get("object")
    inner: Document = stated if isinstance(stated, dict) else {}
    about = [uri for uri in (id_of(stated), id_of(inner.get("inReplyTo"))) if uri and is_own(server, uri)]
    authors = [work.actor_id for work in await Work.filter(uri__in=about)] if about else []
    named = {
        uri
        for document in (heard.activity, inner)
        for name in ("to", "cc")
        for uri in ids(document.get(name))
    }
    people = await _people(named) if named and all(is_own(server, uri) for uri in named) else []
    return await is_blocked({*authors, *people}, heard.actor)


async def _people(named: set[str]) -> list[int]:
    return [actor.id for actor in await Actor.filter(uri__in=sorted(named)[:_MOST], domain="")]


async def is_blocked(by: Collection[int], other: Actor) -> bool:
    """Whether any of these people blocks another, or all of the other's domain."""
    if not by:
        return False
    if await Block.filter(actor_id__in=by, target_id=other.id).exists():
        return True
    return await is_of_blocked_domain(by, other)


async def is_of_blocked_domain(by: Collection[int], other: Actor) -> bool:
    """Whether any of these people blocks the domain of another's handle or id, or one above it (F-387)."""
    if other.is_local:
        return False
    names = {*names_of(other.host), other.domain}
    return await DomainBlock.filter(actor_id__in=by, domain__in=sorted(names)).exists()


async def end_follows(one: int, other: int) -> tuple[Follow | None, Follow | None]:
    """Take away follows both ways, inside the caller's transaction; what there was, with its people."""
    found = []
    for follower, followed in ((one, other), (other, one)):
        held = await Follow.get_or_none(follower_id=follower, followed_id=followed).prefetch_related(
            "follower", "followed"
        )
        if held is not None:
            await held.delete()
        found.append(held)
    return found[0], found[1]
