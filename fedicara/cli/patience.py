"""How long a slow sender is waited for, also where no proxy does it (DOS-16)."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS, IDLE = 30.0, 60.0
LEAST = 4096


class Patience(HttpToolsProtocol):
    """uvicorn's connection, closed where headers take too long or a body stands still.

    A body of which less than LEAST bytes come in IDLE seconds stands still: dripping does not keep a connection.
    """

    headers_within = HEADERS
    idle_within = IDLE

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._arrived = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first headers."""
        super().connection_made(transport)
        self._within(self.headers_within)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        self._arrived += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Wait for the headers of the next request."""
        super().on_message_begin()
        self._within(self.headers_within)

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        super().on_headers_complete()
        self._within(self.idle_within)

    def on_message_complete(self) -> None:
        """Now it is for us to answer."""
        super().on_message_complete()
        self._wait_no_more()

    def _within(self, seconds: float) -> None:
        self._wait_no_more()
        self._arrived = 0
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        reads_body = self.cycle is not None and self.cycle.more_body
        # Where reading is paused it is we who are slow.
        if reads_body and (self._arrived >= LEAST or self.flow.read_paused):
            self._within(self.idle_within)
        else:
            self.transport.close()
