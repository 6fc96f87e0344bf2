"""Outbox, followers, following and projects: bare for unsigned readers, totals and pages for signed ones (F-260 to F-263)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from activitypub import collections
from activitypub.document import Document, dumps
from fedicara.federation.said.documents import activity_address, create_document
from fedicara.federation.said.instance import instance_actor
from fedicara.federation.servers.standing import policy_of, size_of
from fedicara.models import Actor, Work
from fedicara.peers import answers
from fedicara.peers.owned import opened
from fedicara.peers.requests import server_of
from fedicara.server import Server
from policies.policy import AnonymousMedia

_FOLLOWS: Final = "SELECT 1 FROM follows WHERE follower_id = $1 AND followed_id = $2 AND accepted = TRUE"
_END: Final = 2**63 - 1

# Plans: follows_followed; the unique index of (follower, followed); works_actor; projects_actor.
_FOLLOWERS: Final = (
    "FROM follows f JOIN actors a ON a.id = f.follower_id WHERE f.followed_id = $1 AND f.accepted = TRUE"
    " AND a.suspended IS NULL"
)
_FOLLOWING: Final = (
    "FROM follows f JOIN actors a ON a.id = f.followed_id WHERE f.follower_id = $1 AND f.accepted = TRUE"
    " AND a.suspended IS NULL"
)
_WORKS: Final = """
FROM works w WHERE w.actor_id = $1 AND w.state = 'published'
AND (w.visibility IN ('public', 'unlisted') OR (w.visibility = 'followers' AND $2 = 1))"""


_PROJECTS: Final = "FROM projects p WHERE p.actor_id = $1 AND p.visibility = 'public'"


@dataclass(frozen=True, slots=True)
class Slice:
    """Items of a page, and where the next one begins."""

    items: list[Any]
    next: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A collection of an actor: how many there are, and a page of them, for one reader; people can be hidden."""

    name: str
    total: Callable[[Server, int, int], Awaitable[int]]
    page: Callable[[Server, int, int, int], Awaitable[Slice]]
    people: bool = False


async def _answer(request: Request, listing: Listing) -> Response:
    asked = await opened(request)
    if isinstance(asked, Response):
        return asked
    server, actor_id, reader = server_of(request), asked.actor_id, asked.reader
    hides = listing.people and asked.hides_lists
    if {"page", "max_id"} & set(request.query_params):
        return answers.absent() if hides else await _page(request, listing, actor_id, reader)
    document = await _root(server, listing, actor_id, reader)
    if hides:
        document = collections.hidden(document, total=not asked.hides_counts)
    return answers.document(request, dumps(document), private=reader is not None)


async def _root(server: Server, listing: Listing, actor_id: int, reader: Actor | None) -> Document:
    owner = server.url(f"/actors/{actor_id}")
    address = f"{owner}/{listing.name}"
    total = await listing.total(server, actor_id, await _follows(server, reader, actor_id))
    document = collections.root(address, total, f"{address}?page=true", owner)
    bare = reader is None and server.settings.authorized_fetch
    return collections.root_envelope(document) if bare else document


async def _page(request: Request, listing: Listing, actor_id: int, reader: Actor | None) -> Response:
    if reader is None:
        return answers.unsigned()
    server, before = server_of(request), request.query_params.get("max_id", "")
    start = min(int(before), _END) if before.isdecimal() and len(before) < 20 else _END
    found = await listing.page(server, actor_id, await _follows(server, reader, actor_id), start)
    address = server.url(f"/actors/{actor_id}/{listing.name}")
    document = collections.page(
        f"{address}?max_id={start}" if start < _END else f"{address}?page=true",
        address,
        found.items,
        f"{address}?max_id={found.next}" if found.next else None,
    )
    return answers.document(request, dumps(document), private=True)


async def _follows(server: Server, reader: Actor | None, actor_id: int) -> int:
    """1 where the reader may see what is for followers."""
    if reader is None:
        return 0
    row = await server.database.row(_FOLLOWS, reader.id, actor_id)
    return 1 if row is not None or reader.id == actor_id else 0


def _people(source: str, name: str) -> Listing:
    async def total(server: Server, actor_id: int, _follows: int) -> int:
        row = await server.database.row(f"SELECT count(*) AS n {source}", actor_id)
        return int(row["n"]) if row else 0

    async def page(server: Server, actor_id: int, _follows: int, before: int) -> Slice:
        rows = await server.database.rows(
            f"SELECT f.id AS id, a.uri AS uri {source} AND f.id < $2 ORDER BY f.id DESC LIMIT 41",
            actor_id,
            before,
        )
        return Slice([row["uri"] for row in rows[:40]], rows[39]["id"] if len(rows) > 40 else None)

    return Listing(name, total, page, people=True)


async def _count_works(server: Server, actor_id: int, follows: int) -> int:
    row = await server.database.row(f"SELECT count(*) AS n {_WORKS}", actor_id, follows)
    return int(row["n"]) if row else 0


async def _creations(server: Server, actor_id: int, follows: int, before: int) -> Slice:
    rows = await server.database.rows(
        f"SELECT w.id AS id {_WORKS} AND w.id < $3 ORDER BY w.id DESC LIMIT 21",
        actor_id,
        follows,
        before,
    )
    # Pages are the same for every reader, so the pictures are as for somebody who never signed (P-312).
    found = [await _creation(server, await Work.get(id=row["id"])) for row in rows[:20]]
    return Slice(found, rows[19]["id"] if len(rows) > 20 else None)


async def _creation(server: Server, work: Work) -> Document | str:
    """The Create of a work; its id alone where visitors get no picture, since it is then shown to who signs (P-246)."""
    if (await policy_of(server, work)).anonymous_media is AnonymousMedia.NONE:
        return activity_address(server, work.id)
    return await create_document(server, work, await size_of(server, work, None))


async def _count_projects(server: Server, actor_id: int, _follows: int) -> int:
    row = await server.database.row(f"SELECT count(*) AS n {_PROJECTS}", actor_id)
    return int(row["n"]) if row else 0


async def _public_projects(server: Server, actor_id: int, _follows: int, before: int) -> Slice:
    rows = await server.database.rows(
        f"SELECT p.id AS id, p.uri AS uri {_PROJECTS} AND p.id < $2 ORDER BY p.id DESC LIMIT 41",
        actor_id,
        before,
    )
    return Slice([row["uri"] for row in rows[:40]], rows[39]["id"] if len(rows) > 40 else None)


_OUTBOX: Final = Listing("outbox", _count_works, _creations)
_FOLLOWERS_LISTING: Final = _people(_FOLLOWERS, "followers")
_FOLLOWING_LISTING: Final = _people(_FOLLOWING, "following")

_PROJECTS_LISTING: Final = Listing("projects", _count_projects, _public_projects)


async def outbox(request: Request) -> Response:
    """GET /actors/ID/outbox"""
    return await _answer(request, _OUTBOX)


async def followers(request: Request) -> Response:
    """GET /actors/ID/followers"""
    return await _answer(request, _FOLLOWERS_LISTING)


async def following(request: Request) -> Response:
    """GET /actors/ID/following"""
    return await _answer(request, _FOLLOWING_LISTING)


async def projects(request: Request) -> Response:
    """GET /actors/ID/projects: the public ones, newest first (F-036)."""
    return await _answer(request, _PROJECTS_LISTING)


async def instance_outbox(request: Request) -> Response:
    """GET /actor/outbox, always empty (F-041)."""
    owner = (await instance_actor(server_of(request))).uri
    return answers.document(request, dumps(collections.root(f"{owner}/outbox", 0, None, owner)))
