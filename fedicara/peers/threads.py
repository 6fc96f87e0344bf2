"""Below a post: its replies, and how many like and boosted it; and threads (F-260, F-261, F-265)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from activitypub import collections
from activitypub.document import dumps
from fedicara.federation.said.documents import WIDE, context_address
from fedicara.federation.signed.verify import Refusal
from fedicara.models import Actor, Boost, Like, Work
from fedicara.peers import answers, policies
from fedicara.peers.requests import asks_for_document, number, reader_of, server_of
from fedicara.reads.access import may_read, sight_of
from fedicara.server import Server

_END: Final = 2**63 - 1
_PAGE: Final = 40
_PUBLIC: Final = "w.state = 'published' AND w.visibility = 'public'"

# Plans: works_replies; works_context and the primary key.
_REPLIES: Final = f"FROM works w WHERE w.in_reply_to = $1 AND {_PUBLIC}"
_THREAD: Final = f"FROM works w WHERE (w.context = $1 OR w.id = $2) AND {_PUBLIC}"


@dataclass(frozen=True, slots=True)
class Listing:
    """Ids of public posts, as a collection of its own address."""

    address: str
    source: str
    values: tuple[str | int, ...]
    owner: str | None
    ordered: bool


async def _post(request: Request) -> tuple[Work | None, Actor | Refusal | None]:
    """The local post in the address, if the reader may know of it, and the reader."""
    server, reader = server_of(request), await reader_of(request)
    work = await Work.get_or_none(uri=server.url(f"/objects/{number(request)}"), state="published")
    if work is None or isinstance(reader, Refusal):
        return None, reader
    if reader is None:
        return (work if work.visibility in WIDE else None), reader
    return (work if await may_read(server, work, reader.id, here=False) else None), reader


async def replies(request: Request) -> Response:
    """GET /objects/ID/replies"""
    work, reader = await _post(request)
    if work is None or isinstance(reader, Refusal):
        return answers.refused(reader) if isinstance(reader, Refusal) else answers.absent()
    await policies.by_work(request, work)
    listing = Listing(f"{work.uri}/replies", _REPLIES, (work.uri,), None, ordered=False)
    return await _listed(request, listing, reader)


def _total(name: str, count: Callable[[Work], Awaitable[int]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        work, reader = await _post(request)
        if work is None or isinstance(reader, Refusal):
            return answers.refused(reader) if isinstance(reader, Refusal) else answers.absent()
        await policies.by_work(request, work)
        listing = Listing(f"{work.uri}/{name}", "", (), None, ordered=False)
        return _root(request, listing, await count(work), None, reader)

    return answer


async def _likes(work: Work) -> int:
    return await Like.filter(work_id=work.id).count()


async def _shares(work: Work) -> int:
    return await Boost.filter(work_id=work.id).count()


likes = _total("likes", _likes)
"""GET /objects/ID/likes: a number, never names."""
shares = _total("shares", _shares)
"""GET /objects/ID/shares: a number, never names."""


async def context(request: Request) -> Response:
    """GET /contexts/ID: the public posts of a thread that is known here (FEP-7888)."""
    server, reader = server_of(request), await reader_of(request)
    if isinstance(reader, Refusal):
        return answers.refused(reader)
    first = await Work.get_or_none(id=number(request), state="published").prefetch_related("actor")
    address = context_address(server, number(request))
    if first is None or first.visibility not in WIDE or first.context not in ("", address):
        return answers.absent()
    if reader is not None and not await may_read(server, first, reader.id, here=False):
        return answers.absent()
    owner = first.actor.uri if first.actor.is_local else None
    return await _listed(request, Listing(address, _THREAD, (address, first.id), owner, ordered=True), reader)


async def _listed(request: Request, listing: Listing, reader: Actor | None) -> Response:
    server = server_of(request)
    if {"page", "max_id"} & set(request.query_params):
        return await _page(request, listing, reader)
    listing = await _seen_by(server, listing, reader)
    row = await server.database.row(f"SELECT count(*) AS n {listing.source}", *listing.values)
    return _root(request, listing, int(row["n"]) if row else 0, f"{listing.address}?page=true", reader)


async def _seen_by(server: Server, listing: Listing, reader: Actor | None) -> Listing:
    """The posts of a list that its reader may see: none of people on either side of a block (AUD-06)."""
    sight = await sight_of(server, reader.id if reader else None)
    return replace(listing, source=listing.source + sight.only("w.actor_id"))


def _root(
    request: Request, listing: Listing, total: int, first: str | None, reader: Actor | None
) -> Response:
    if not asks_for_document(request):
        return answers.no_page()
    root = collections.root(listing.address, total, first, listing.owner, listing.ordered)
    bare = reader is None and server_of(request).settings.authorized_fetch
    body = dumps(collections.root_envelope(root) if bare else root)
    return answers.document(request, body, private=reader is not None)


async def _page(request: Request, listing: Listing, reader: Actor | None) -> Response:
    if reader is None:
        return answers.unsigned()
    server, start = server_of(request), _start(request)
    found = await _ids(server, await _seen_by(server, listing, reader), start)
    more = found[_PAGE - 1][0] if len(found) > _PAGE else None
    document = collections.page(
        f"{listing.address}?max_id={start}" if start < _END else f"{listing.address}?page=true",
        listing.address,
        [uri for _, uri in found[:_PAGE]],
        f"{listing.address}?max_id={more}" if more else None,
        ordered=listing.ordered,
    )
    return answers.document(request, dumps(document), private=True)


def _start(request: Request) -> int:
    before = request.query_params.get("max_id", "")
    return min(int(before), _END) if before.isascii() and before.isdecimal() and len(before) < 20 else _END


async def _ids(server: Server, listing: Listing, before: int) -> list[tuple[int, str]]:
    place = len(listing.values) + 1
    sql = f"SELECT w.id AS id, w.uri AS uri {listing.source} AND w.id < ${place} ORDER BY w.id DESC LIMIT {_PAGE + 1}"
    rows = await server.database.rows(sql, *listing.values, before)
    return [(row["id"], row["uri"]) for row in rows]
