"""What an artist shows first: works in the artist's order, and the tags used most.

Plans: the unique index of pins; works_actor, then the unique index of tags.
"""

from typing import Final

from fedicara.reads.access import may_read
from fedicara.reads.views import WorkView
from fedicara.reads.works import views
from fedicara.server import Server

MOST_TAGS: Final = 10
_PINNED: Final = """
SELECT w.id, w.uri FROM pins p JOIN works w ON w.id = p.work_id
WHERE p.actor_id = $1 AND w.state = 'published' AND w.visibility IN ('public', 'unlisted')
ORDER BY p.position, p.id LIMIT 20"""
_TAGS: Final = """
SELECT t.name, count(*) AS n FROM works w JOIN tags t ON t.work_id = w.id
WHERE w.actor_id = $1 AND w.state = 'published' AND w.visibility = 'public'
GROUP BY t.name ORDER BY n DESC, t.name LIMIT $2"""


async def uris(server: Server, actor_id: int) -> list[str]:
    """Ids of the works that everybody may see, in the artist's order."""
    return [row["uri"] for row in await server.database.rows(_PINNED, actor_id)]


async def works(server: Server, actor_id: int, viewer_actor_id: int | None) -> list[WorkView]:
    """The works themselves, as far as the viewer may read them."""
    numbers = [row["id"] for row in await server.database.rows(_PINNED, actor_id)]
    found = await views(server, numbers)
    shown = [found[number] for number in numbers if number in found]
    return [work for work in shown if await may_read(server, work, viewer_actor_id)]


async def tags(server: Server, actor_id: int) -> list[str]:
    """The tags of an artist's public works, the most used first."""
    return [row["name"] for row in await server.database.rows(_TAGS, actor_id, MOST_TAGS)]
