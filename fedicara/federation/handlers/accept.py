"""Somebody lets us follow (F-201)."""

from fedicara.federation.fetched import profiles
from fedicara.federation.handlers.registry import DONE, HANDLERS, Result, dropped
from fedicara.federation.handlers.requests import our_follow
from fedicara.federation.heard import moves
from fedicara.federation.signed.verify import Authenticated
from fedicara.server import Server


@HANDLERS.on("Accept")
async def accept(server: Server, heard: Authenticated) -> Result:
    """Only the one who is asked can accept, and only what is pending (ORI-11)."""
    asked = await our_follow(heard)
    if asked is None or asked.accepted:
        return dropped("no pending follow")
    asked.accepted = True
    async with server.database.transaction():
        await asked.save(update_fields=["accepted"])
        await moves.arrive(server, asked)
        await profiles.look(server, heard.actor)
    return DONE
