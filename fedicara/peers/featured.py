"""What an artist shows first, for servers that sign: works in order, and the tags used most (F-264)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from activitypub.collections import root, root_envelope
from activitypub.document import dumps
from activitypub.names import TAGS_CONTEXT
from fedicara.federation.verify import Refusal
from fedicara.peers import answers
from fedicara.peers.requests import asks_for_document, number, reader_of, server_of
from fedicara.reads import featured as reads
from fedicara.reads.access import blocked
from fedicara.server import Server

_ACTOR: Final = "SELECT type FROM actors WHERE id = $1 AND domain = ''"

Entries = Callable[[Server, int], Awaitable[list[Any]]]


async def featured(request: Request) -> Response:
    """GET /actors/ID/featured"""
    return await _answer(request, "featured", reads.uris)


async def tags(request: Request) -> Response:
    """GET /actors/ID/tags"""
    return await _answer(request, "tags", _hashtags)


async def _hashtags(server: Server, actor_id: int) -> list[Any]:
    names = await reads.tags(server, actor_id)
    return [{"type": "Hashtag", "name": f"#{name}", "href": server.url(f"/tags/{name}")} for name in names]


async def _answer(request: Request, name: str, entries: Entries) -> Response:
    """A whole collection without pages, bare for who does not sign (F-261)."""
    server, actor_id = server_of(request), number(request)
    row = await server.database.row(_ACTOR, actor_id)
    if row is None or row["type"] == "Application":
        return await answers.gone_or_absent(server, f"/actors/{actor_id}")
    if not asks_for_document(request):
        return answers.no_page()
    reader = await reader_of(request)
    if isinstance(reader, Refusal):
        return answers.refused(reader)
    if reader is not None and await blocked(server, reader.id, actor_id):
        return answers.absent()
    owner, found = server.url(f"/actors/{actor_id}"), await entries(server, actor_id)
    whole = root(f"{owner}/{name}", len(found), None, owner) | {"orderedItems": found}
    bare = reader is None and server.settings.authorized_fetch
    document = root_envelope(whole) if bare else whole
    context = {"@context": TAGS_CONTEXT} if name == "tags" else {}
    return answers.document(request, dumps(document | context), private=reader is not None)
