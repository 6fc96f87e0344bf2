"""One connection to another server: a request is written, its answer heard within bounds, by httptools' parser."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import httptools

from fedicara.federation.errors import NetworkError

SILENCE: Final = 15.0
IDLE: Final = 10.0
MOST_HEADERS: Final = 64 * 1024
_FINAL: Final = 200
_NOT_MODIFIED: Final = 304
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Heard:
    """What was answered: headers in lower case, and whether `body` is all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool = True


class Stale(NetworkError):
    """A connection that lay idle had ended before a byte of the answer."""


class Connection(asyncio.Protocol):
    """Carries one request at a time; may be kept for the next one where its answer ended cleanly."""

    def __init__(self) -> None:
        self.may_be_kept = False
        self._transport: asyncio.Transport | None = None
        self._answer: _Answer | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._lost: Callable[[Connection], None] | None = None
        self._was_used = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast(asyncio.Transport, transport)

    async def exchange(self, written: bytes, most: int) -> Heard:
        """Write a request and hear its answer, with at most so many bytes of its body."""
        if self._transport is None or self._transport.is_closing():
            raise Stale("closed")
        answer = self._answer = _Answer(most, is_head=written.startswith(b"HEAD "))
        self._transport.write(written)
        try:
            async with asyncio.timeout(SILENCE) as answer.silence:
                heard = await answer.done
        except TimeoutError as error:
            raise NetworkError("timeout") from error
        except NetworkError as error:
            raise Stale(error.reason) if self._was_used and not answer.has_begun else error from None
        finally:
            self._answer = None
        self.may_be_kept = answer.ends_cleanly and not self._transport.get_write_buffer_size()
        self._was_used = True
        return heard

    def data_received(self, data: bytes) -> None:
        """Read on; what nobody asked for ends the connection."""
        if self._answer is None:
            self.close()
        else:
            self._answer.feed(data)

    def connection_lost(self, error: Exception | None) -> None:
        """An answer without a stated length ends here, every other one fails."""
        self._transport = None
        self.may_be_kept = False
        if self._answer is not None:
            self._answer.end()
        if self._lost is not None:
            self._lost(self)

    def keep(self, lost: Callable[["Connection"], None]) -> None:
        """Stay open for a moment; `lost` is told when it ends."""
        self._lost = lost
        self._rest = asyncio.get_running_loop().call_later(IDLE, self.close)

    def wake(self) -> None:
        """Be used again."""
        self._lost = None
        if self._rest is not None:
            self._rest.cancel()

    def close(self) -> None:
        """End it, whatever is still on its way."""
        if self._rest is not None:
            self._rest.cancel()
        if self._transport is not None:
            self._transport.abort()


class _Answer:
    """One answer as it comes in; httptools calls the methods whose names begin with `on_`."""

    def __init__(self, most: int, *, is_head: bool = False) -> None:
        self.done: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self.silence: asyncio.Timeout | None = None
        self.has_begun = False
        self.ends_cleanly = False
        self._parser = httptools.HttpResponseParser(self)
        self._most = most
        self._is_head = is_head
        self._of_headers = 0
        self._headers: dict[str, str] = {}
        self._is_head_whole = False
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        """Read on; what comes after the end makes the connection worthless."""
        if self.done.done():
            self.ends_cleanly = False
            return
        self.has_begun = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("malformed answer")
        if not self._is_head_whole:
            self._count(len(data))
        if self.silence is not None and not self.done.done():
            self.silence.reschedule(asyncio.get_running_loop().time() + SILENCE)

    def end(self) -> None:
        """The other end closed: right where the answer states no length, else too early."""
        if self._is_head_whole and not _FRAMING & self._headers.keys():
            self._finish(is_whole=True)
        else:
            self._fail("closed")

    def on_message_begin(self) -> None:
        """A second answer to one request is not wanted."""
        self.ends_cleanly = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what follows a body is only counted."""
        self._count(len(name) + len(value))
        if not self._is_head_whole:
            key, stated = name.decode("latin-1").lower(), value.decode("latin-1")
            self._headers[key] = f"{self._headers[key]}, {stated}" if key in self._headers else stated

    def on_headers_complete(self) -> None:
        """An answer framed twice could be read in two ways."""
        self._is_head_whole = True
        if self._headers.keys() >= _FRAMING:
            self._fail("malformed answer")
        status = self._parser.get_status_code()
        if status == _NOT_MODIFIED or (self._is_head and status >= _FINAL):
            # The parser would wait for the body whose length is stated and that never comes.
            self._finish(is_whole=True)

    def on_body(self, data: bytes) -> None:
        """Hear no more than was asked for."""
        self._body += data
        if len(self._body) > self._most:
            self._finish(is_whole=False)

    def on_message_complete(self) -> None:
        """The end, or that of a note that the answer is still to come."""
        if self._parser.get_status_code() < _FINAL:
            self._headers, self._is_head_whole = {}, False
        elif not self.done.done():
            self.ends_cleanly = bool(self._parser.should_keep_alive())
            self._finish(is_whole=True)

    def _count(self, size: int) -> None:
        self._of_headers += size
        if self._of_headers > MOST_HEADERS:
            self._fail("headers too large")

    def _finish(self, *, is_whole: bool) -> None:
        if not self.done.done():
            status, body = self._parser.get_status_code(), bytes(self._body[: self._most])
            self.done.set_result(Heard(status, self._headers, body, is_whole))

    def _fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(NetworkError(reason))
