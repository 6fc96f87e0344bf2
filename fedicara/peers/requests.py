"""Requests of other servers as values: what was asked for, by whom."""

from functools import lru_cache
from typing import Final
from urllib.parse import quote

from starlette.requests import Request

from activitypub.names import wants_document
from fedicara.federation.verify import Received, Refusal, reader
from fedicara.models import Actor
from fedicara.server import Server

_LARGEST_ID: Final = 2**63 - 1
_wants = lru_cache(maxsize=1024)(wants_document)


def server_of(request: Request) -> Server:
    """The server that is asked."""
    server: Server = request.app.state.server
    return server


def asks_for_document(request: Request) -> bool:
    """Whether the document is asked for rather than the page (F-005)."""
    return _wants(request.headers.get("accept"))


def number(request: Request) -> int:
    """The id in the path; one that no row can have becomes 0, which none has."""
    stated: int = request.path_params["id"]
    return stated if stated <= _LARGEST_ID else 0


def received(request: Request, body: bytes = b"") -> Received:
    """The request as it is signed."""
    path = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    query = request.scope["query_string"]
    target = (path + (b"?" + query if query else b"")).decode("latin-1")
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Received(request.method, target, headers, body)


def is_signed(request: Request) -> bool:
    """Whether somebody says who they are, truly or not."""
    return "signature" in request.headers or "signature-input" in request.headers


async def reader_of(request: Request) -> Actor | Refusal | None:
    """Who reads, if they say so."""
    if not is_signed(request):
        return None
    return await reader(server_of(request), received(request))
