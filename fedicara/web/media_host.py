"""A host of its own for pictures: what is answered there, and that it knows nobody (P-103)."""

import re
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fedicara.server import Server
from fedicara.settings import Settings

_ANSWERED: Final = re.compile(
    r"/(media|proxy|emoji)/.+|/robots\.txt|/\.well-known/tdmrep\.json|/policies/tdm(/[^/]+)?\.json|/license\.xml"
)
_WHO: Final = (b"cookie", b"authorization")


def is_for_media(settings: Settings, scope: Scope) -> bool:
    """Whether a request is for the host for pictures."""
    if not settings.media_host:
        return False
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return len(hosts) == 1 and bool(hosts[0].decode("latin-1").lower() == settings.media_host)


class MediaHost:
    """ASGI middleware: on that host pictures and the statements about them, the same for everybody."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Drop what says who asks; answer 404 to everything that is no picture."""
        if scope["type"] != "http" or not is_for_media(self.server.settings, scope):
            return await self.app(scope, receive, send)
        if not _ANSWERED.fullmatch(scope["path"]) or scope["method"] not in ("GET", "HEAD"):
            return await PlainTextResponse("Not found", 404)(scope, receive, send)
        # The scope itself is changed: what a handler notes in it for the headers is read further out.
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _WHO]
        await self.app(scope, receive, send)
