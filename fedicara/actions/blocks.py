"""Blocking people: follows both ways end, and neither reads the other any more (MOD-03)."""

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid
from fedicara.federation import outbox
from fedicara.federation.blocks import end_follows
from fedicara.models import Actor, Block
from fedicara.models.ids import new_id
from fedicara.server import Server


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
