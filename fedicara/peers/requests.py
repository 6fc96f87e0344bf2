"""Requests of other servers as values: what was asked for, by whom."""

from functools import lru_cache
from typing import Final

from starlette.requests import Request

from activitypub.names import wants_document
from fedicara.federation.signed import signatures
from fedicara.federation.signed.verify import Received, Refusal, reader
from fedicara.models import Actor
from fedicara.rates import networks_of
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
    return signatures.received(request.scope, body)


def is_signed(request: Request) -> bool:
    """Whether somebody says who they are, truly or not."""
    return "signature" in request.headers or "signature-input" in request.headers


async def reader_of(request: Request) -> Actor | Refusal | None:
    """Who reads, if they say so; as often as a server may that proved who it is, or an address that did not (P-230)."""
    if not is_signed(request):
        return None
    server = server_of(request)
    found = await reader(server, received(request))
    wait = _wait(server, request, found)
    return Refusal(429, "rate", "Too much at once; try again later.", wait) if wait else found


def _wait(server: Server, request: Request, found: Actor | Refusal | None) -> float:
    if isinstance(found, Actor):
        return server.rates.take("ap_signed", found.host)
    networks = networks_of(request.client.host) if request.client else None
    return server.rates.take("ap_unsigned", networks[0]) if networks else 0.0
