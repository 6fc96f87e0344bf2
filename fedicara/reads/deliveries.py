"""Everything that one delivery needs to know, in one statement."""

from collections.abc import Mapping
from typing import Any, Final

from fedicara.server import Server

HOST: Final = """h.post_scheme, h.get_scheme, h.strip_query, h.lists_rfc9421, h.sends_rfc9421, h.failed_days, h.failed_on,
h.seen"""

_DELIVERY: Final = f"""
SELECT a.id, a.actor_id, a.type, a.document, a.public, a.created, a.work_id,
  coalesce(w.revision, p.revision) AS revision, w.policy, p.policy AS actor_policy, o.standing, o.signed, k.uri AS key_id, k.private, {HOST},
  p.suspended IS NOT NULL AND a.type <> 'Delete' AS silenced,
  a.type = 'Update' AND EXISTS (
    SELECT 1 FROM activities n WHERE n.work_id = a.work_id AND n.type = 'Update' AND n.id > a.id) AS overtaken
FROM activities a JOIN actors p ON p.id = a.actor_id LEFT JOIN works w ON w.id = a.work_id
LEFT JOIN keys k ON k.actor_id = a.actor_id AND k.public LIKE '-----%' AND k.private <> ''
LEFT JOIN hosts h ON h.host = $2 LEFT JOIN peers o ON o.host = $2
WHERE a.id = $1 ORDER BY k.id DESC LIMIT 1"""  # noqa: S608  (columns alone)

_HOST: Final = f"SELECT {HOST} FROM hosts h WHERE h.host = $1"  # noqa: S608  (columns alone)


async def delivery(server: Server, activity_id: int, host: str) -> Mapping[str, Any] | None:
    """An activity with its author's newest key and what is known of the host; None where it was taken back.

    Plan: primary keys of activities, actors, works, hosts and peers, keys_actor, activities_work for later Updates.
    """
    return await server.database.row(_DELIVERY, activity_id, host)


async def host(server: Server, name: str) -> Mapping[str, Any] | None:
    """What is known of a host. Plan: its primary key."""
    return await server.database.row(_HOST, name)
