"""Somebody asks to follow somebody here (F-200)."""

from activitypub.document import id_of
from fedicara.federation import outbox
from fedicara.federation.blocks import is_blocked
from fedicara.federation.handlers.registry import DONE, HANDLERS, Result, dropped
from fedicara.federation.verify import Authenticated
from fedicara.models import Actor, Follow
from fedicara.server import Server


@HANDLERS.on("Follow")
async def follow(server: Server, heard: Authenticated) -> Result:
    """An open account accepts, a locked one keeps the request, the server's own and who moved refuse (F-041, F-384)."""
    uri = id_of(heard.activity) or ""
    target = await Actor.get_or_none(uri=id_of(heard.activity.get("object")), domain="", suspended=None)
    if target is None:
        return dropped("no such actor")
    async with server.database.transaction():
        if await _refuses(target, heard.actor):
            await outbox.reject(server, Follow(uri=uri, follower=heard.actor, followed=target))
            return DONE
        asked, _ = await Follow.get_or_create(
            follower=heard.actor, followed=target, defaults={"uri": uri, "accepted": not target.locked}
        )
        asked.uri = uri
        asked.accepted = asked.accepted or not target.locked
        await asked.save(update_fields=["uri", "accepted"])
        if asked.accepted:
            asked.follower, asked.followed = heard.actor, target
            await outbox.accept(server, asked)
    return DONE


async def _refuses(target: Actor, asker: Actor) -> bool:
    return target.type == "Application" or bool(target.moved_to) or await is_blocked([target.id], asker)
