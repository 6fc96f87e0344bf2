"""Who sent an activity, and what they sent.

Plans: the unique indexes of actors.uri and keys.uri; primary keys of inbound and actors.
"""

from typing import Final

from fedicara.models import Actor
from fedicara.server import Server

_ACTOR: Final = "SELECT * FROM actors WHERE uri = $1"
_KNOWN: Final = "SELECT 1 FROM actors WHERE uri = $1"
_KEY: Final = "SELECT public FROM keys WHERE uri = $1 AND actor_id = $2"
_OWNER: Final = "SELECT a.* FROM keys k JOIN actors a ON a.id = k.actor_id WHERE k.uri = $1"
_INBOUND: Final = """
SELECT a.*, i.uri AS activity, i.document AS stated FROM inbound i JOIN actors a ON a.id = i.actor_id
WHERE i.id = $1 AND i.document <> ''"""


async def actor(server: Server, uri: str) -> Actor | None:
    """The actor of this id."""
    row = await server.database.row(_ACTOR, uri)
    return None if row is None else Actor._init_from_db(**row)


async def is_known(server: Server, uri: str) -> bool:
    """Whether an actor of this id is known here."""
    return await server.database.row(_KNOWN, uri) is not None


async def owner(server: Server, key_uri: str) -> Actor | None:
    """The actor whose key this is."""
    row = await server.database.row(_OWNER, key_uri)
    return None if row is None else Actor._init_from_db(**row)


async def public_key(server: Server, key_uri: str, actor_id: int) -> str | None:
    """An actor's key as its document stated it."""
    row = await server.database.row(_KEY, key_uri, actor_id)
    return None if row is None else str(row["public"])


async def waiting(server: Server, inbound_id: int) -> tuple[Actor, str, str] | None:
    """Who sent an activity that is kept and not handled yet, its id, and its text."""
    row = await server.database.row(_INBOUND, inbound_id)
    return None if row is None else (Actor._init_from_db(**row), row["activity"], row["stated"])
