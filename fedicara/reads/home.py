"""What one person's home shows: works of the people they follow, their own, and what those people boosted.

Who follows a good part of what is posted finds a page among the newest works and boosts of the whole place, so those
are walked first, a fixed number of them. For everybody else: a page of n entries has at most n authors, those whose
newest entries are newest of all. So one query asks for each followed person's newest entry alone, and another reads n
entries of each of those few and merges them. The cost rises with the number of people followed, not with what they made.
Plans: the walk goes down the primary keys of works and boosts and looks each author up in follows; then follows by its
unique index, with one step into works_home and boosts_actor for each; the same again for the few. The CROSS JOIN keeps
SQLite from beginning with the works; who is suspended is read once, by actors_suspended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from fedicara.models.database import Row
from fedicara.reads.access import EVERYTHING, Sight, sight_of
from fedicara.reads.views import Page, WorkView
from fedicara.reads.works import actors, views
from fedicara.server import Server

_AUTHORS: Final = """
SELECT followed_id AS id FROM follows WHERE follower_id = $1 AND accepted = TRUE UNION SELECT CAST($1 AS BIGINT)"""

_FOLLOWED: Final = """
(w.actor_id = $1 OR EXISTS (
  SELECT 1 FROM follows f WHERE f.follower_id = $1 AND f.followed_id = w.actor_id AND f.accepted = TRUE))"""

# How many works, and how many boosts, the walks look at; the next is tried only where it will probably find enough.
WALKS: Final = (300, 3000)
_STEP: Final = 10

_EDGE: Final = """
SELECT coalesce(max(w.id), 0) AS low FROM (
  SELECT * FROM (SELECT id FROM works w WHERE TRUE{condition} ORDER BY id DESC LIMIT 1 OFFSET {walk}) AS works
  UNION ALL
  SELECT * FROM (SELECT id FROM boosts w WHERE TRUE{condition} ORDER BY id DESC LIMIT 1 OFFSET {walk}) AS boosts) AS w"""

_WORKS: Final = """
SELECT w.id AS cursor, w.id AS work, 0 AS booster FROM works w
WHERE {author} AND w.in_reply_to = '' AND w.state = 'published' AND w.retrieved = FALSE
  AND (w.visibility <> 'direct' OR w.actor_id = $1
       OR EXISTS (SELECT 1 FROM mentions m WHERE m.actor_id = $1 AND m.work_id = w.id))"""

_BOOSTS: Final = """
SELECT w.id AS cursor, w.work_id AS work, w.actor_id AS booster FROM boosts w CROSS JOIN works b
WHERE b.id = w.work_id AND {author} AND b.state = 'published'
  AND w.actor_id NOT IN (SELECT id FROM actors WHERE suspended > '1970-01-01')
  AND (b.visibility IN ('public', 'unlisted') OR b.actor_id = $1){only}"""


@dataclass(frozen=True, slots=True)
class _Bounds:
    """A page as SQL: its condition on w.id, the values behind $1, its order, and whose boosted works are shown."""

    condition: str
    values: tuple[int, ...]
    order: str
    limit: int
    only: str

    def newest(self, sql: str, author: str, limit: int) -> str:
        """So many entries of one author from the page's end."""
        return self.chosen(sql, f"w.actor_id = {author}", limit)

    def chosen(self, sql: str, authors: str, limit: int) -> str:
        """So many entries of the authors that a condition names."""
        stated = sql.format(author=authors, only=self.only)
        return f"{stated}{self.condition} ORDER BY w.id {self.order} LIMIT {limit}"


def _bounds(page: Page, sight: Sight, first: int = 2) -> _Bounds:
    """The page's bounds, their values from the place `first` on."""
    condition = ""
    values: list[int] = []
    for value, comparison in ((page.max_id, "<"), (page.since_id, ">"), (page.min_id, ">")):
        if value is not None:
            condition += f" AND w.id {comparison} ${first + len(values)}"
            values.append(value)
    order = "ASC" if page.min_id is not None else "DESC"
    return _Bounds(condition, tuple(values), order, page.limit, sight.only("b.actor_id"))


async def home(server: Server, actor_id: int, page: Page) -> list[WorkView]:
    """One page, newest first."""
    rows = await entries(server, actor_id, page)
    found = await views(server, [row["work"] for row in rows])
    boosters = await actors(server, {row["booster"] for row in rows if row["booster"]})
    return [
        replace(found[row["work"]], cursor=row["cursor"], boosted_by=boosters.get(row["booster"]))
        for row in rows
        if row["work"] in found
    ]


async def entries(server: Server, actor_id: int, page: Page) -> Sequence[Row]:
    """The page as rows of cursor, work and booster (0 where nobody boosted), newest first."""
    sight = await sight_of(server, actor_id)
    bounds = _bounds(page, sight)
    for walk in WALKS:
        walked = await _walked(server, sight, page, walk)
        if len(walked) == page.limit:
            return walked
        if len(walked) * _STEP < page.limit:
            break
    authors = await server.database.rows(newest_sql(page, sight), actor_id, *bounds.values)
    if not authors:
        return []
    numbers = [row["author"] for row in authors]
    rows = await server.database.rows(_merged(bounds, authors), actor_id, *bounds.values, *numbers)
    return rows[::-1] if page.min_id is not None else rows


async def _walked(server: Server, sight: Sight, page: Page, walk: int) -> Sequence[Row]:
    """The page, if the newest of the whole place hold all of it; one read forwards is left to the other way."""
    if page.min_id is not None:
        return []
    bounds = _bounds(page, sight, 1)
    edge = await server.database.row(_EDGE.format(condition=bounds.condition, walk=walk), *bounds.values)
    low = edge["low"] if edge else 0
    above = replace(page, since_id=max(low, page.since_id or 0))
    return await server.database.rows(walk_sql(above, sight), sight.viewer, *_bounds(above, sight).values)


def walk_sql(page: Page, sight: Sight = EVERYTHING) -> str:
    """The query for a page among the newest of the place; public for the measurement that prints its plan."""
    bounds = _bounds(page, sight)
    parts = " UNION ALL ".join(
        f"SELECT * FROM ({bounds.chosen(sql, _FOLLOWED, bounds.limit)}) AS part"  # noqa: S608  (no outside text)
        for sql in (_WORKS, _BOOSTS)
    )
    return _cut(parts, bounds)


def newest_sql(page: Page, sight: Sight = EVERYTHING) -> str:
    """The query for the few whose newest entries are newest of all; public for the measurement that prints its plan."""
    bounds = _bounds(page, sight)
    works = _only_cursor(bounds.newest(_WORKS, "a.id", 1))
    boosts = _only_cursor(bounds.newest(_BOOSTS, "a.id", 1))
    return f"""
WITH newest AS MATERIALIZED (
  SELECT a.id AS author, 0 AS boosts, ({works}) AS cursor FROM ({_AUTHORS}) AS a
  UNION ALL
  SELECT a.id AS author, 1 AS boosts, ({boosts}) AS cursor FROM ({_AUTHORS}) AS a
) SELECT author, boosts FROM newest WHERE cursor IS NOT NULL
ORDER BY cursor {bounds.order} LIMIT {bounds.limit}"""  # noqa: S608  (no outside text)


def _only_cursor(sql: str) -> str:
    return f"SELECT cursor FROM ({sql}) AS one"  # noqa: S608


def _merged(bounds: _Bounds, authors: Sequence[Row]) -> str:
    """The query for the page's entries of these authors, whose ids follow the page's values."""
    first = len(bounds.values) + 2
    parts = [
        bounds.newest(_BOOSTS if row["boosts"] else _WORKS, f"${place}", bounds.limit)
        for place, row in enumerate(authors, first)
    ]
    return _cut(" UNION ALL ".join(f"SELECT * FROM ({part}) AS part" for part in parts), bounds)  # noqa: S608


def _cut(every: str, bounds: _Bounds) -> str:
    order = f"ORDER BY cursor {bounds.order} LIMIT {bounds.limit}"
    return f"SELECT cursor, work, booster FROM ({every}) AS page {order}"  # noqa: S608
