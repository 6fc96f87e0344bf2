"""Somebody went to another place (F-216)."""

from activitypub.document import id_of
from fedicara.federation.handlers.registry import DONE, HANDLERS, Result, dropped
from fedicara.federation.heard import moves
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Move
from fedicara.server import Server


@HANDLERS.on("Move")
async def move(server: Server, heard: Authenticated) -> Result:
    """Followers here go along if both places say so, at most once in seven days (ORI-17 to ORI-19)."""
    target_uri = id_of(heard.activity.get("target"))
    if id_of(heard.activity.get("object")) != heard.actor.uri:
        return dropped("attribution")
    if target_uri is None or target_uri == heard.actor.uri:
        return dropped("target")
    found = await _begun(server, heard, target_uri)
    if isinstance(found, Result):
        return found
    await moves.carry(server, found)
    return DONE


async def _begun(server: Server, heard: Authenticated, target_uri: str) -> Move | Result:
    """The row of this move, from a try before or made now, or why there is none."""
    uri = id_of(heard.activity) or ""
    begun = await Move.get_or_none(uri=uri).prefetch_related("origin", "target")
    if begun is not None:
        return begun
    if await moves.is_too_soon(server, heard.actor.uri, target_uri):
        return dropped("moved lately")
    target = await moves.confirmed(server, heard.actor, target_uri)
    if target is None:
        return dropped("move not confirmed")
    async with server.database.transaction():
        heard.actor.moved_to = target.uri
        await heard.actor.save(update_fields=["moved_to"])
        return await Move.create(uri=uri, origin=heard.actor, target=target, moved=server.now())
