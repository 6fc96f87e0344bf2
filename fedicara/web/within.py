"""The application as it answers itself: what a check may read when a visitor causes it (P-508)."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message, Scope

from fedicara.federation.errors import NetworkError
from fedicara.federation.network.connection import Heard
from fedicara.federation.network.http import Door, Request
from fedicara.memory import Hourly
from fedicara.server import Server


class Within:
    """A `Carrier` that hands what is asked of this server to its application, and asks nobody else; one check at a time."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._server = server
        self.busy = asyncio.Lock()

    def server(self) -> Server:
        """The server as it reads itself, which counts for no limit of what is asked of others."""
        return replace(self._server, network=Door(self._server.settings, self), asked=Hourly())

    async def send(self, request: Request, most: int) -> Heard:
        """The application's answer, cut as the wire would cut it."""
        settings = self._server.settings
        if request.headers["Host"] not in (settings.domain, settings.media_host or settings.domain):
            raise NetworkError("another server is not asked for this")
        heard = _Answer()
        await self._app(self._scope(request), _Body(request.body or b""), heard)
        return Heard(heard.status, heard.headers, heard.body[:most], len(heard.body) <= most)

    async def close(self) -> None:
        """Nothing is open."""

    def _scope(self, request: Request) -> Scope:
        parts = urlsplit(request.target)
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.origin.scheme,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.items()],
            "client": None,
            "server": (request.origin.host, request.origin.port),
            "state": {},
        }


class _Body:
    """Gives the body once; whoever waits for the reader to leave waits as long as the answer takes."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body

    async def __call__(self) -> Message:
        if self._body is None:
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class _Answer:
    """Takes what an application sends; fields that came twice are joined as a reader would join them."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._chunks: list[bytes] = []

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message["headers"]:
                key, said = name.decode("latin-1").lower(), value.decode("latin-1")
                self.headers[key] = f"{self.headers[key]}, {said}" if key in self.headers else said
        else:
            self._chunks.append(message.get("body", b""))
