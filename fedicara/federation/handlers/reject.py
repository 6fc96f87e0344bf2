"""Somebody does not let us follow, or no longer (F-202)."""

from fedicara.federation.handlers.registry import DONE, HANDLERS, Result, dropped
from fedicara.federation.handlers.requests import our_follow
from fedicara.federation.signed.verify import Authenticated
from fedicara.server import Server


@HANDLERS.on("Reject")
async def reject(server: Server, heard: Authenticated) -> Result:
    """The request or the follow is gone, and with it the timeline (ORI-13)."""
    asked = await our_follow(heard)
    if asked is None:
        return dropped("no follow")
    async with server.database.transaction():
        await asked.delete()
    return DONE
