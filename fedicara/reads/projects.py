"""Projects as far as somebody may see them: totals and lists hold what their reader may read (F-082, AUD-06).

Projects of somebody suspended are not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from fedicara.models.database import Row
from fedicara.reads.access import sees
from fedicara.reads.views import PictureView, WorkView, as_json, as_time
from fedicara.reads.works import views
from fedicara.server import Server

MOST: Final = 500
# Which works of a project its reader sees: $2 the reader or 0, $3 whether people of this server read (F-104).
_READABLE: Final = """(w.state = 'published' AND (
  w.actor_id = $2 OR w.visibility IN ('public', 'unlisted')
  OR w.visibility = 'local' AND $3 = 1
  OR w.visibility = 'followers' AND EXISTS (
    SELECT 1 FROM follows f WHERE f.follower_id = $2 AND f.followed_id = w.actor_id AND f.accepted = TRUE)))"""

_COLUMNS: Final = """
SELECT p.id, p.uri, p.url, p.actor_id, p.visibility, p.title, p.content, p.source, p.licence, p.cover_id,
  p.cover_post_id, p.published, p.edited, p.revision, p.policy, a.uri AS actor_uri, a.suspended
FROM projects p JOIN actors a ON a.id = p.actor_id"""

_ONE: Final = f"{_COLUMNS} WHERE p.id = $1"

_OF_ACTOR: Final = f"""{_COLUMNS}
WHERE p.actor_id = $1 AND a.suspended IS NULL AND (
  p.actor_id = $2 OR p.visibility = 'public' OR p.visibility = 'followers' AND EXISTS (
  SELECT 1 FROM follows f WHERE f.follower_id = $2 AND f.followed_id = p.actor_id AND f.accepted = TRUE))
ORDER BY p.id DESC LIMIT $3"""  # noqa: S608  (no outside text)

_ENTRIES: Final = f"""
SELECT e.position, e.uri, e.content, e.source, w.id AS work_id, w.visibility
FROM project_entries e JOIN projects p ON p.id = e.project_id
LEFT JOIN works w ON w.uri = e.uri AND w.actor_id = p.actor_id AND e.uri <> ''
WHERE e.project_id = $1 AND (e.uri = '' OR {_READABLE}) ORDER BY e.position"""  # noqa: S608

_MISSING: Final = """
SELECT e.uri FROM project_entries e LEFT JOIN works w ON w.uri = e.uri
WHERE e.project_id = $1 AND e.uri <> '' AND w.id IS NULL ORDER BY e.position LIMIT $2"""

_COVERS: Final = "SELECT id, work_id FROM pictures WHERE id IN ({ids}) AND work_id IS NOT NULL"

# A cover post names its own project, a work the first that is shown as widely as itself, or more widely.
_NAMES: Final = """
SELECT p.id AS id, p.uri, p.url, p.title, p.visibility, p.actor_id, e.uri AS work_uri, 0 AS is_cover
FROM project_entries e JOIN projects p ON p.id = e.project_id WHERE e.uri IN ({uris})
UNION ALL SELECT p.id, p.uri, p.url, p.title, p.visibility, p.actor_id, w.uri AS work_uri, 1 AS is_cover
FROM projects p JOIN works w ON w.id = p.cover_post_id WHERE p.cover_post_id IN ({ids})
ORDER BY 8, 1 DESC"""

_WIDTH: Final[Mapping[str, int]] = {"public": 0, "unlisted": 1, "followers": 2}


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in a project: a work, or a text where there is none."""

    work_id: int | None
    uri: str
    content: str
    source: str
    visibility: str


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project without its works."""

    id: int
    uri: str
    url: str
    actor_id: int
    actor_uri: str
    visibility: str
    title: str
    content: str
    source: str
    licence: str
    cover_id: int | None
    cover_post_id: int | None
    published: datetime | None
    edited: datetime | None
    revision: int
    state: str
    stated: Any = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A project as one picture among others: its cover, and how many works its reader sees."""

    project: ProjectView
    count: int
    work: WorkView | None
    cover: PictureView | None


@dataclass(frozen=True, slots=True)
class Name:
    """How a work speaks of the project that it belongs to, or stands for as its cover post."""

    id: int
    uri: str
    url: str
    title: str
    is_cover: bool


async def project(server: Server, project_id: int) -> ProjectView | None:
    """One project; ask `reads.access.may_read` before showing it. Plan: primary key."""
    row = await server.database.row(_ONE, project_id)
    return _view(row) if row else None


async def of_actor(
    server: Server, actor_id: int, viewer_actor_id: int | None, limit: int = 100
) -> list[ProjectView]:
    """An artist's projects that their reader may find, newest first. Plan: index projects_actor."""
    if not await sees(server, viewer_actor_id, actor_id):
        return []
    rows = await server.database.rows(_OF_ACTOR, actor_id, viewer_actor_id or 0, limit)
    return [_view(row) for row in rows]


async def entries(
    server: Server, project_id: int, viewer_actor_id: int | None, *, here: bool = True
) -> list[Entry]:
    """Works and texts in their order, the works their reader may read. Plan: unique (project, position), works' uri."""
    local = int(here and viewer_actor_id is not None)
    rows = await server.database.rows(_ENTRIES, project_id, viewer_actor_id or 0, local)
    return [
        Entry(row["work_id"], row["uri"], row["content"], row["source"], row["visibility"] or "")
        for row in rows
    ]


async def missing(server: Server, project_id: int, limit: int) -> list[str]:
    """Ids of works that a project names and that nobody read yet. Plan: as `entries`."""
    return [row["uri"] for row in await server.database.rows(_MISSING, project_id, limit)]


async def tiles(
    server: Server, found: Sequence[ProjectView], viewer_actor_id: int | None, *, here: bool = True
) -> list[Tile]:
    """Projects with their covers: one query for each, then six for all covers."""
    seen = {each.id: await _works(server, each.id, viewer_actor_id, here=here) for each in found}
    covers = await _covers(server, found)
    first = {each.id: _first(seen[each.id], covers.get(each.id)) for each in found}
    known = await views(server, [number for number in first.values() if number])
    return [_tile(each, len(seen[each.id]), known.get(first[each.id])) for each in found]


async def _works(server: Server, project_id: int, viewer_actor_id: int | None, *, here: bool) -> list[int]:
    found = await entries(server, project_id, viewer_actor_id, here=here)
    return [each.work_id for each in found if each.work_id is not None]


async def _covers(server: Server, found: Sequence[ProjectView]) -> dict[int, int]:
    """The works that hold the chosen covers."""
    chosen = {each.cover_id: each.id for each in found if each.cover_id}
    if not chosen:
        return {}
    rows = await server.database.rows(_COVERS.format(ids=_places(1, len(chosen))), *chosen)
    return {chosen[row["id"]]: row["work_id"] for row in rows}


def _first(works: Sequence[int], cover: int | None) -> int:
    """The work that stands for a project: the chosen one while its reader sees it, else the first."""
    return cover if cover in works and cover else next(iter(works), 0)


def _tile(project: ProjectView, count: int, work: WorkView | None) -> Tile:
    pictures = work.pictures if work else ()
    chosen = next((each for each in pictures if each.id == project.cover_id), None)
    return Tile(project, count, work, chosen or next(iter(pictures), None))


class Member(Protocol):
    """What may belong to a project; `models.Work` and `WorkView` are such."""

    @property
    def id(self) -> int: ...
    @property
    def uri(self) -> str: ...
    @property
    def actor_id(self) -> int: ...
    @property
    def visibility(self) -> str: ...


async def names(server: Server, works: Sequence[Member]) -> dict[int, Name]:
    """The projects that works may name to all their readers. Plans: project_entries_uri, projects_cover_post."""
    found = {work.uri: work for work in works if work.visibility in _WIDTH}
    if not found:
        return {}
    rows = await server.database.rows(
        _NAMES.format(uris=_places(1, len(found)), ids=_places(len(found) + 1, len(found))),
        *found,
        *(work.id for work in found.values()),
    )
    named = {}
    for row in rows:
        work = found[row["work_uri"]]
        if row["actor_id"] == work.actor_id and _WIDTH[row["visibility"]] <= _WIDTH[work.visibility]:
            named[work.id] = Name(row["id"], row["uri"], row["url"], row["title"], bool(row["is_cover"]))
    return named


async def named(server: Server, work: Member) -> Name | None:
    """The project that one work may name."""
    return (await names(server, [work])).get(work.id)


def _places(first: int, count: int) -> str:
    return ", ".join(f"${place}" for place in range(first, first + count))


def texts(found: Sequence[Entry]) -> Iterator[tuple[int, Entry]]:
    """The texts among entries, each with how many works stand before it (F-081)."""
    after = 0
    for entry in found:
        if entry.uri:
            after += 1
        else:
            yield after, entry


def is_for_all(work: str, project: str) -> bool:
    """Whether everybody who may see a project of one audience may see a work of another."""
    return _WIDTH.get(work, len(_WIDTH)) <= max(_WIDTH[project], _WIDTH["unlisted"])


def _view(row: Row) -> ProjectView:
    names = ("id", "uri", "url", "actor_id", "actor_uri", "visibility", "title", "content", "source")
    more = ("licence", "cover_id", "cover_post_id", "revision")
    return ProjectView(
        **{name: row[name] for name in (*names, *more)},
        published=as_time(row["published"]),
        edited=as_time(row["edited"]),
        state="hidden" if row["suspended"] else "published",
        stated=as_json(row["policy"]),
    )
