"""What stands above and below a work in its thread, and what one person did with works.

Plans: works' unique uri upwards, works_replies downwards; likes, boosts and pins by their unique indexes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fedicara.models.database import Row
from fedicara.reads.access import may_read
from fedicara.reads.ai_made import filter_of
from fedicara.reads.views import WorkView
from fedicara.reads.works import views
from fedicara.server import Server
from policies.ai_made import Filter

DEPTH: Final = 20
MOST: Final = 100
HIGHEST: Final = 1_000

# UNION rather than UNION ALL: posts of other servers may state circles.
_ABOVE: Final = """
WITH RECURSIVE thread(id, parent, depth) AS (
  SELECT id, in_reply_to, 0 FROM works WHERE id = $1
  UNION SELECT w.id, w.in_reply_to, t.depth + 1 FROM thread t JOIN works w ON w.uri = t.parent
  WHERE t.parent <> '' AND t.depth < $2)
SELECT id, max(depth) AS depth FROM thread WHERE id <> $1 GROUP BY id ORDER BY depth DESC"""

_BELOW: Final = """
WITH RECURSIVE thread(id, uri, depth) AS (
  SELECT id, uri, 0 FROM works WHERE id = $1
  UNION SELECT w.id, w.uri, t.depth + 1 FROM thread t JOIN works w ON w.in_reply_to = t.uri
  WHERE w.state = 'published' AND t.depth < $2)
SELECT DISTINCT id FROM thread WHERE id <> $1 ORDER BY id LIMIT $3"""

_QUOTED: Final = """
SELECT count(*) AS n FROM quotes WHERE work_id = $1
AND uri NOT IN (SELECT instrument FROM approvals WHERE work_id = $1 AND state = 'granted')"""

_UNKNOWN_ABOVE: Final = """
WITH RECURSIVE thread(id, parent, depth) AS (
  SELECT id, in_reply_to, 0 FROM works WHERE id = $1
  UNION SELECT w.id, w.in_reply_to, t.depth + 1 FROM thread t JOIN works w ON w.uri = t.parent
  WHERE t.parent <> '' AND t.depth < $2)
SELECT parent FROM thread t WHERE parent <> '' AND NOT EXISTS (SELECT 1 FROM works w WHERE w.uri = t.parent) LIMIT 1"""

_LIKED: Final = "SELECT work_id FROM likes WHERE actor_id = $1 AND work_id IN ({ids})"
_PINNED: Final = "SELECT work_id FROM pins WHERE actor_id = $1 AND work_id IN ({ids})"
_BOOSTED: Final = "SELECT work_id FROM boosts WHERE actor_id = $1 AND work_id IN ({ids})"


@dataclass(frozen=True, slots=True)
class Marks:
    """Which works somebody liked and boosted, which of their own they show first, how they see those made with AI."""

    liked: frozenset[int] = frozenset()
    boosted: frozenset[int] = frozenset()
    pinned: frozenset[int] = frozenset()
    ai_filter: Filter = Filter.SHOW

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.liked or self.boosted or self.pinned)


NO_MARKS: Final = Marks()


async def above(server: Server, work_id: int, viewer_actor_id: int | None) -> list[WorkView]:
    """What the work replies to, the first of the thread first, as far as the viewer may read it."""
    return await _readable(server, await server.database.rows(_ABOVE, work_id, DEPTH), viewer_actor_id)


async def unknown_above(server: Server, work_id: int) -> str | None:
    """The address of the first post above the work that is not known here; None where the thread is whole or a circle."""
    row = await server.database.row(_UNKNOWN_ABOVE, work_id, HIGHEST)
    return row["parent"] if row else None


async def below(server: Server, work_id: int, viewer_actor_id: int | None) -> list[WorkView]:
    """Replies and what was replied to them, in the order they came, as far as the viewer may read them."""
    rows = await server.database.rows(_BELOW, work_id, DEPTH, MOST)
    return await _readable(server, rows, viewer_actor_id)


async def _readable(server: Server, rows: Iterable[Row], viewer_actor_id: int | None) -> list[WorkView]:
    found = [row["id"] for row in rows]
    known = await views(server, found)
    shown = [known[number] for number in found if number in known]
    return [each for each in shown if await may_read(server, each, viewer_actor_id)]


async def quoted(server: Server, work_id: int) -> int:
    """How many posts of other servers quote a work without having asked; for its artist. Plan: quotes_work and the unique index of
    approvals.
    """
    row = await server.database.row(_QUOTED, work_id)
    return int(row["n"]) if row else 0


async def marks(server: Server, actor_id: int | None, work_ids: Iterable[int]) -> Marks:
    """What somebody did with these works; a stranger nothing."""
    numbers = list(dict.fromkeys(work_ids))
    if actor_id is None or not numbers:
        return NO_MARKS
    ai_filter = await filter_of(server, actor_id)
    places = ", ".join(f"${place}" for place in range(2, len(numbers) + 2))
    liked, boosted, pinned = [
        frozenset(
            row["work_id"] for row in await server.database.rows(sql.format(ids=places), actor_id, *numbers)
        )
        for sql in (_LIKED, _BOOSTED, _PINNED)
    ]
    return Marks(liked, boosted, pinned, ai_filter)
