"""What an artist shows first, for servers that sign: works in order, and the tags used most (F-264)."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from activitypub.collections import root, root_envelope
from activitypub.document import dumps
from activitypub.names import TAGS_CONTEXT
from fedicara.peers import answers
from fedicara.peers.owned import opened
from fedicara.peers.requests import server_of
from fedicara.reads import featured as reads
from fedicara.server import Server

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
    asked = await opened(request)
    if isinstance(asked, Response):
        return asked
    server, actor_id, reader = server_of(request), asked.actor_id, asked.reader
    owner, found = server.url(f"/actors/{actor_id}"), await entries(server, actor_id)
    whole = root(f"{owner}/{name}", len(found), None, owner) | {"orderedItems": found}
    bare = reader is None and server.settings.authorized_fetch
    document = root_envelope(whole) if bare else whole
    context = {"@context": TAGS_CONTEXT} if name == "tags" else {}
    return answers.document(request, dumps(document | context), private=reader is not None)
