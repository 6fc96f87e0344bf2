"""Puts a server together and makes it an ASGI application."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedicara.actions.errors import ActionError
from fedicara.api.routes import ROUTES as API
from fedicara.certificate import CertificateError, read_certificate
from fedicara.federation.network.http import Door
from fedicara.federation.network.wire import Carrier
from fedicara.federation.said.instance import instance_actor
from fedicara.federation.servers.rules import admits
from fedicara.federation.signed import private_keys
from fedicara.models.database import open_database
from fedicara.models.troubles import TROUBLED, Trouble, trouble_of
from fedicara.peers.guard import Guard
from fedicara.peers.retired import Retired
from fedicara.peers.routes import ROUTES as PEERS
from fedicara.rates import Rates
from fedicara.reads import stated
from fedicara.secret import SecretError, read_secret
from fedicara.server import Server
from fedicara.settings import Settings
from fedicara.storage import open_storage
from fedicara.storage.presence import Presence
from fedicara.web import health, media, metrics, wellknown
from fedicara.web.errors import error_page, status_of
from fedicara.web.gate import Gate
from fedicara.web.media_host import MediaHost
from fedicara.web.routes import ROUTES as WEB
from fedicara.web.security import API as API_SURFACE
from fedicara.web.security import PAGE, SecurityHeaders, Stated, surface_of
from fedicara.web.within import Within
from policies import rsl

_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?")
_WATCHED: Final = (metrics.PATH, health.PATH)
RETRY_AFTER: Final = 30
_log = structlog.get_logger()

OWN: list[BaseRoute] = [
    Route("/robots.txt", wellknown.robots_txt),
    Route(metrics.PATH, metrics.metrics),
    Route(health.PATH, health.health),
    Route("/sitemap.xml", wellknown.sitemap),
    Route("/.well-known/tdmrep.json", wellknown.tdmrep),
    Route("/policies/tdm.json", wellknown.offer),
    Route(rsl.PATH, wellknown.licence),
    Route("/policies/tdm/{name}.json", wellknown.own_offer),
    Route("/media/{key}", media.rendition),
    Route("/proxy/{picture:id}/{signature}", media.proxy),
    Route("/emoji/{id:id}/{signature}", media.emoji),
]


async def open_server(settings: Settings, carrier: Carrier | None = None) -> Server:
    """A server with its folders, secret, migrated database and the door to the network; `carrier` is for tests."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.incoming.mkdir(exist_ok=True)
    storage = open_storage(settings)
    presence = Presence(settings.data / "present.lock")
    database = await open_database(settings.database)
    await database.migrate()
    door = Door(settings, carrier, partial(admits, settings, database))
    try:
        secret = read_secret(settings.data / "secret", is_needed=await private_keys.are_sealed(database))
        server = Server(
            settings,
            database,
            storage,
            door,
            secret,
            rates=Rates(settings.buckets),
            certificate=read_certificate(settings) if settings.c2pa else None,
            presence=presence,
        )
        await private_keys.check(server)
    except (SecretError, CertificateError):
        await door.close()
        await database.close()
        presence.leave()
        raise
    with database.bound():
        await stated.look_now(server)
        await instance_actor(server)
    return server


async def close_server(server: Server) -> None:
    """Close what `open_server` opened."""
    await server.network.close()
    await server.database.close()
    if server.presence is not None:
        server.presence.leave()


def create(server: Server) -> ASGIApp:
    """The application of one server; the headers stand outside of everything, errors included (P-101)."""
    app = Starlette(
        routes=[*OWN, *PEERS, *API, *WEB],
        middleware=[
            Middleware(Patience),
            Middleware(MediaHost, server=server),
            Middleware(Bound, server=server),
            Middleware(Retired, server=server),
            Middleware(Stated, server=server),
            Middleware(Guard, server=server),
            Middleware(Gate, server=server),
        ],
        exception_handlers={
            HTTPException: _http_error,
            ActionError: _action_error,
            Exception: _crash,
        },
    )
    app.state.server = server
    app.router = Paths(app.router.routes)
    whole = SecurityHeaders(app, server)
    app.state.within = Within(whole, server)
    return whole


class Paths(Router):
    """Finds a route without trying them all: plain paths are looked up, others among those of their first segment."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        super().__init__(routes, redirect_slashes=False)
        self._plain = dict(reversed(list(_plain(routes))))
        segments = {_segment(route.path) for route in routes if isinstance(route, Route)}
        self._rooms = {
            segment: Router([route for route in routes if _may_be_in(route, segment)], redirect_slashes=False)
            for segment in segments
            if "{" not in segment
        }

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the first route that fits, as Starlette does."""
        path = scope["path"]
        route = self._plain.get(path)
        if route is not None and (not route.methods or scope["method"] in route.methods):
            scope.setdefault("router", self)
            scope.update({"endpoint": route.endpoint, "path_params": {}})
            return await route.handle(scope, receive, send)
        room = self._rooms.get(_segment(path))
        await (room.app if room else super().app)(scope, receive, send)


def _segment(path: str) -> str:
    return path[1:].partition("/")[0]


def _may_be_in(route: BaseRoute, segment: str) -> bool:
    return not isinstance(route, Route) or _segment(route.path) == segment or "{" in _segment(route.path)


def _plain(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, Route]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _plain(route.routes, prefix + route.path)
        elif isinstance(route, Route) and "{" not in route.path:
            yield prefix + route.path, route


class Patience:
    """Tells what cannot be done for the moment, whatever was asked for: busy or away 503, full 507 (503 to an inbox)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in place of the application, unless it began to answer."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except TROUBLED as error:
            trouble = trouble_of(error)
            if trouble is None or begun:
                raise
            scope["app"].state.server.troubles[trouble.name.lower()] += 1
            _log.warning("not done for the moment", path=scope["path"], error=repr(error))
            await _later(Request(scope), trouble)(scope, receive, send)


def _later(request: Request, trouble: Trouble) -> Response:
    full = trouble == Trouble.FULL and not request.url.path.endswith("/inbox")
    response = _answer(request, 507 if full else 503, trouble)
    response.headers["retry-after"] = str(RETRY_AFTER)
    return response


class Bound:
    """Refuses foreign hosts, and lets the models of a request speak to this server's database."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server
        self.hosts = frozenset(
            {
                server.settings.domain,
                server.settings.host,
                server.settings.media_host or server.settings.domain,
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 to a missing, doubled or foreign Host, and to addresses that hold NUL."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if complaint := self._complaint(scope):
            return await JSONResponse({"error": complaint}, 400)(scope, receive, send)
        with self.server.database.bound():
            await self.app(scope, receive, send)

    def _complaint(self, scope: Scope) -> str:
        hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not self._is_ours(hosts[0], scope["path"]):
            return "This server does not answer for that host."
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            # PostgreSQL keeps no text with it, and nothing here has it in its name.
            return "This address holds a character (NUL) that no address has."
        return ""

    def _is_ours(self, host: str, path: str) -> bool:
        """Who watches over it on this machine may call it by the machine's own name for itself."""
        return host in self.hosts or (path in _WATCHED and _LOOPBACK.fullmatch(host) is not None)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for nothing else)
    return _answer(request, error.status_code, error.detail, error.headers)


async def _action_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ActionError)  # noqa: S101  (registered for nothing else)
    return _answer(request, status_of(error), error.sentence)


async def _crash(request: Request, error: Exception) -> Response:
    return _answer(request, 500, "Something broke here. Nothing you sent was kept; please try again.")


def _answer(request: Request, status: int, sentence: str, headers: Any = None) -> Response:
    surface = surface_of(request.url.path)
    if surface == PAGE:
        return error_page(request, status, sentence)
    response = JSONResponse({"error": sentence}, status, headers=headers)
    if surface == API_SURFACE:
        response.headers["access-control-allow-origin"] = "*"
    return response
