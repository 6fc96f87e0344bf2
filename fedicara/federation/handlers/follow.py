"""Somebody asks to follow somebody here (F-200)."""

from typing import Final

from activitypub.document import id_of
from fedicara.federation.handlers.registry import DONE, HANDLERS, Result, dropped
from fedicara.federation.said import outbox
from fedicara.federation.said.blocks import is_blocked
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Actor, Follow
from fedicara.models.ids import new_id
from fedicara.reads import senders
from fedicara.server import Server

_ASK: Final = """
INSERT INTO follows (id, uri, follower_id, followed_id, accepted, created) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (follower_id, followed_id)
DO UPDATE SET uri = excluded.uri, accepted = follows.accepted OR excluded.accepted RETURNING accepted"""


@HANDLERS.on("Follow")
async def follow(server: Server, heard: Authenticated) -> Result:
    """An open account accepts, a locked one keeps the request, the server's own and who moved refuse (F-041, F-384)."""
    uri = id_of(heard.activity) or ""
    target = await senders.actor(server, id_of(heard.activity.get("object")) or "")
    if target is None or not target.is_local or target.suspended is not None:
        return dropped("no such actor")
    async with server.database.transaction():
        if await _refuses(target, heard.actor):
            await outbox.reject(server, Follow(uri=uri, follower=heard.actor, followed=target))
        elif await _asked(server, uri, heard.actor, target):
            await outbox.accept(server, Follow(uri=uri, follower=heard.actor, followed=target))
    return DONE


async def _asked(server: Server, uri: str, follower: Actor, followed: Actor) -> bool:
    """Keep the request, or the id of its newest copy; whether it is accepted, now or since before."""
    now = str(server.now()) if server.database.is_sqlite else server.now()
    row = (new_id(), uri, follower.id, followed.id, not followed.locked, now)
    return bool((await server.database.execute(_ASK, *row))[0]["accepted"])


async def _refuses(target: Actor, asker: Actor) -> bool:
    return target.type == "Application" or bool(target.moved_to) or await is_blocked([target.id], asker)
