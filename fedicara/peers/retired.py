"""A place that was retired: every address answers 410 (F-389)."""

import time
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fedicara.reads.place import Standing, standing
from fedicara.server import Server

_SECONDS: Final = 1.0
_SENTENCE: Final = "This place is closed for good. What was here is gone.\n"


class Retired:
    """ASGI middleware; looks once a second whether the place is still open, and no more once it is not."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server
        self._asked = 0.0
        self._is_retired = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through while the place is open."""
        if scope["type"] == "http" and await self._retired():
            return await PlainTextResponse(_SENTENCE, 410)(scope, receive, send)
        await self.app(scope, receive, send)

    async def _retired(self) -> bool:
        now = time.monotonic()
        if not self._is_retired and now - self._asked >= _SECONDS:
            self._asked = now
            self._is_retired = await standing(self.server) is Standing.RETIRED
        return self._is_retired
