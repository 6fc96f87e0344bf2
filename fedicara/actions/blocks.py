"""Blocking people and whole domains: follows both ways end, and neither reads the other any more (MOD-03, F-387)."""

from collections.abc import Sequence
from typing import Final

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid
from fedicara.federation.said import outbox
from fedicara.federation.said.blocks import end_follows
from fedicara.federation.servers.rules import canonical, site_of
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Actor, Block, DomainBlock, Follow
from fedicara.models.ids import new_id
from fedicara.reads.access import of_domain
from fedicara.server import Server

SEVER: Final = "sever"
_BATCH: Final = 100
_LONGEST: Final = 253

# Plan: the person's follows by the indexes of both sides, their people by primary key.
_TIES: Final = f"""
SELECT f.id FROM follows f JOIN actors a ON a.id = CASE WHEN f.follower_id = $1 THEN f.followed_id ELSE f.follower_id END
WHERE (f.follower_id = $1 OR f.followed_id = $1) AND {of_domain("a", "CAST($2 AS TEXT)")} ORDER BY f.id LIMIT {_BATCH}"""  # noqa: S608  (no outside text)


async def block(server: Server, viewer: Viewer, target: Actor) -> None:
    """Block somebody; a second time changes nothing. Carried out elsewhere as Reject and Undo (F-242)."""
    if target.id == viewer.actor.id:
        raise Invalid("account", "One cannot block oneself.")
    async with server.database.transaction():
        ours, theirs = await end_follows(viewer.actor.id, target.id)
        if ours is not None and not target.is_local:
            await outbox.unfollow(server, ours, viewer.actor, target)
        if theirs is not None and not target.is_local:
            await outbox.reject(server, theirs)
        if await Block.filter(actor_id=viewer.actor.id, target_id=target.id).exists():
            return
        identifier = new_id()
        made = await Block.create(
            id=identifier,
            uri=server.url(f"/activities/{identifier}"),
            actor_id=viewer.actor.id,
            target_id=target.id,
        )
        await outbox.block(server, made, viewer.actor, target)


async def unblock(server: Server, viewer: Viewer, target: Actor) -> None:
    """Block somebody no longer; follows do not come back by themselves."""
    async with server.database.transaction():
        held = await Block.get_or_none(actor_id=viewer.actor.id, target_id=target.id)
        if held is not None:
            await held.delete()
            await outbox.unblock(server, held, viewer.actor, target)


async def blocked_domains(viewer: Viewer) -> Sequence[DomainBlock]:
    """The domains somebody blocks, by name."""
    return await DomainBlock.filter(actor_id=viewer.actor.id).order_by("domain")


async def block_domain(server: Server, viewer: Viewer, domain: str) -> None:
    """Block everybody of a domain and below it; a second time changes nothing. Follows end in the background."""
    name = _checked(server, domain)
    async with server.database.transaction():
        made, is_new = await DomainBlock.get_or_create(
            actor_id=viewer.actor.id, domain=name, defaults={"site": site_of(name)}
        )
        if is_new:
            await LeaseTable(server).enqueue(Order(SEVER, {"block": made.id}))


def _checked(server: Server, domain: str) -> str:
    try:
        name = canonical(domain.strip().removeprefix("@"))
    except ValueError:
        raise Invalid("domain", f"{domain} is no domain; write it as bad.example.") from None
    if "." not in name or len(name) > _LONGEST:
        raise Invalid("domain", f"{domain} is no domain; write it as bad.example.")
    if server.settings.host == name or server.settings.host.endswith(f".{name}"):
        raise Invalid("domain", "That is this place itself; block its people one by one.")
    return name


async def unblock_domain(server: Server, viewer: Viewer, domain: str) -> None:
    """Block a domain no longer; follows do not come back by themselves."""
    async with server.database.transaction():
        await DomainBlock.filter(actor_id=viewer.actor.id, domain=_checked(server, domain)).delete()


async def sever(server: Server, claim: Claim) -> Outcome:
    """The job: end the follows between a person and a domain they block, some at a time, while they block it."""
    while block := await DomainBlock.get_or_none(id=claim.payload["block"]).prefetch_related("actor"):
        if not await _end_some(server, block):
            break
    return Done()


async def _end_some(server: Server, block: DomainBlock) -> int:
    async with server.database.transaction():
        rows = await server.database.execute(_TIES, block.actor_id, block.domain)
        ties = Follow.filter(id__in=[row["id"] for row in rows]).prefetch_related("follower", "followed")
        for follow in await ties:
            await _end(server, follow, block.actor)
    return len(rows)


async def _end(server: Server, follow: Follow, person: Actor) -> None:
    await follow.delete()
    if follow.follower_id == person.id:
        await outbox.unfollow(server, follow, person, follow.followed)
    else:
        await outbox.reject(server, follow)
