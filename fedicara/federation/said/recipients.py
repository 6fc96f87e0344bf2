"""To which inboxes an activity goes (F-370).

Plans: follows_followed, then the primary key of actors; works' mentions, likes and boosts by their unique index, replies
by works_replies; actors_domain for an inbox that is gone.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from fedicara.models import Actor, Work
from fedicara.models.database import Row
from fedicara.server import Server

_FOLLOWERS: Final = """
SELECT DISTINCT CASE WHEN a.shared_inbox <> '' THEN a.shared_inbox ELSE a.inbox END AS inbox
FROM follows f JOIN actors a ON a.id = f.follower_id
WHERE f.followed_id = $1 AND f.accepted = TRUE AND a.domain <> '' AND (a.shared_inbox <> '' OR a.inbox <> '')"""

_MENTIONED: Final = """
SELECT a.inbox, a.shared_inbox FROM mentions m JOIN actors a ON a.id = m.actor_id
WHERE m.work_id = $1 AND a.domain <> ''"""

_EVERYBODY: Final = """
SELECT DISTINCT CASE WHEN shared_inbox <> '' THEN shared_inbox ELSE inbox END AS inbox
FROM actors WHERE domain <> '' AND inbox <> ''"""

# Who liked it, boosted it or replied to it, and whoever follows somebody here who boosted it.
_HOLDERS: Final = """
SELECT a.inbox, a.shared_inbox FROM actors a WHERE a.domain <> '' AND a.id IN (
  SELECT actor_id FROM likes WHERE work_id = $1 UNION SELECT actor_id FROM boosts WHERE work_id = $1
  UNION SELECT actor_id FROM works WHERE in_reply_to = $2
  UNION SELECT f.follower_id FROM boosts b JOIN actors p ON p.id = b.actor_id AND p.domain = ''
    JOIN follows f ON f.followed_id = b.actor_id AND f.accepted = TRUE WHERE b.work_id = $1)"""

_DROP_SHARED: Final = "UPDATE actors SET shared_inbox = '' WHERE domain = $1 AND shared_inbox = $2"
_DROP: Final = "UPDATE actors SET inbox = '' WHERE domain = $1 AND inbox = $2"


async def followers(server: Server, actor_id: int) -> list[str]:
    """One inbox per server of followers, its shared one where it has one."""
    return [row["inbox"] for row in await server.database.execute(_FOLLOWERS, actor_id)]


async def everybody(server: Server) -> list[str]:
    """One inbox per server that has anything to do with this place. Plan: all of actors, once."""
    return [row["inbox"] for row in await server.database.execute(_EVERYBODY)]


async def of_work(server: Server, work: Work) -> list[str]:
    """Inboxes of everybody a work is for; personal ones for a direct work, none for a local one (F-100 to F-104)."""
    if work.visibility == "local":
        return []
    mentioned = await server.database.execute(_MENTIONED, work.id)
    if work.visibility == "direct":
        return _each_once(row["inbox"] for row in mentioned)
    author: int = work.actor_id
    return _each_once([*await followers(server, author), *map(_widest, mentioned)])


async def holders(server: Server, work: Work) -> list[str]:
    """Inboxes of everybody a work is for, and of those whom it reached by likes, boosts and replies (F-234, AUD-17)."""
    if work.visibility in ("local", "direct"):
        return await of_work(server, work)
    rows = await server.database.execute(_HOLDERS, work.id, work.uri)
    return _each_once([*await of_work(server, work), *map(_widest, rows)])


def personal(actor: Actor) -> list[str]:
    """The inbox of one remote actor."""
    return [actor.inbox] if actor.domain and actor.inbox else []


async def drop(server: Server, inbox: str) -> None:
    """Send nothing more to an inbox that is gone for good, until its actor is read anew."""
    domain = urlsplit(inbox).netloc
    async with server.database.transaction():
        for statement in (_DROP_SHARED, _DROP):
            await server.database.execute(statement, domain, inbox)


def _widest(row: Row) -> str:
    return str(row["shared_inbox"] or row["inbox"])


def _each_once(inboxes: Iterable[str]) -> list[str]:
    return [inbox for inbox in dict.fromkeys(inboxes) if inbox]
