"""Somebody elsewhere blocks somebody here (F-213)."""

from activitypub.document import id_of
from fedicara.federation.handlers.registry import DONE, HANDLERS, KNOWN, Result, dropped
from fedicara.federation.said.blocks import end_follows
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Actor, Block
from fedicara.server import Server


@HANDLERS.on("Block")
async def block(server: Server, heard: Authenticated) -> Result:
    """Follows both ways are gone and neither reads the other; nobody is told."""
    target = await Actor.get_or_none(uri=id_of(heard.activity.get("object")) or "", domain="", suspended=None)
    if target is None or target.type == "Application":
        return dropped("no such actor")
    async with server.database.transaction():
        _, is_new = await Block.get_or_create(
            actor=heard.actor, target=target, defaults={"uri": id_of(heard.activity) or ""}
        )
        await end_follows(heard.actor.id, target.id)
    return DONE if is_new else KNOWN
