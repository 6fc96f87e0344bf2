"""Who follows somebody, and whom they follow, newest first, as far as the viewer may see those people.

Plans: follows_followed; the unique index of (follower, followed), sorted; actors by primary key.
"""

from typing import Final

from fedicara.reads.access import sees, sight_of
from fedicara.reads.views import ActorView, Page
from fedicara.reads.works import actors, ids
from fedicara.server import Server

_LISTED: Final = "SELECT f.id FROM follows f WHERE f.{of} = $1 AND f.accepted = TRUE{only} {{bounds}}"
_PEOPLE: Final = "SELECT id, {shown} AS actor_id FROM follows WHERE id IN ({marks})"

Listed = list[tuple[int, ActorView]]
"""People, each with the number of the follow from which the next page goes on."""


async def followers(server: Server, actor_id: int, viewer_actor_id: int | None, page: Page) -> Listed:
    """A page of those who follow somebody."""
    return await _listed(server, ("followed_id", "follower_id"), actor_id, viewer_actor_id, page)


async def following(server: Server, actor_id: int, viewer_actor_id: int | None, page: Page) -> Listed:
    """A page of those whom somebody follows."""
    return await _listed(server, ("follower_id", "followed_id"), actor_id, viewer_actor_id, page)


async def _listed(
    server: Server, columns: tuple[str, str], actor_id: int, viewer_actor_id: int | None, page: Page
) -> Listed:
    of, shown = columns
    if not await sees(server, viewer_actor_id, actor_id):
        return []
    only = (await sight_of(server, viewer_actor_id)).only(f"f.{shown}")
    found = await ids(server, _LISTED.format(of=of, only=only), (actor_id,), page, column="f.id")
    if not found:
        return []
    marks = ", ".join(f"${place}" for place in range(1, len(found) + 1))
    rows = await server.database.rows(_PEOPLE.format(shown=shown, marks=marks), *found)
    person = {row["id"]: row["actor_id"] for row in rows}
    known = await actors(server, person.values())
    return [(number, known[person[number]]) for number in found]
