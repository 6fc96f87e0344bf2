"""What somebody boosted, newest first: on a page of its own, for most of it is made elsewhere (P-304)."""

from dataclasses import replace
from typing import Final

from fedicara.reads.access import sees, sight_of
from fedicara.reads.views import Page, WorkView
from fedicara.reads.works import ids, views
from fedicara.server import Server

_BOOSTS: Final = """
SELECT b.id FROM boosts b JOIN works w ON w.id = b.work_id
WHERE b.actor_id = $1 AND w.state = 'published' AND w.visibility IN ('public', 'unlisted'){only} {{bounds}}"""
_WORKS: Final = "SELECT id, work_id FROM boosts WHERE id IN ({ids})"


async def boosted(server: Server, actor_id: int, viewer_actor_id: int | None, page: Page) -> list[WorkView]:
    """A page of it, as far as the viewer may see the works. Plan: index boosts_actor, then primary keys."""
    if not await sees(server, viewer_actor_id, actor_id):
        return []
    sight = await sight_of(server, viewer_actor_id)
    sql = _BOOSTS.format(only=sight.only("w.actor_id"))
    found = await ids(server, sql, (actor_id,), page, "b.id")
    if not found:
        return []
    places = ", ".join(f"${place}" for place in range(1, len(found) + 1))
    rows = await server.database.rows(_WORKS.format(ids=places), *found)
    works = {row["id"]: row["work_id"] for row in rows}
    known = await views(server, list(works.values()))
    return [replace(known[works[each]], cursor=each) for each in found if works.get(each) in known]
