"""A small HTTP/1.1 load: a few connections, each asks again as soon as it is answered."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Load:
    """What came back."""

    answers: int = 0
    bytes: int = 0
    failures: int = 0
    first_body: bytes = b""
    statuses: set[int] = field(default_factory=set)


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, load: Load) -> None:
        self.request = request
        self.load = load
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Count whole answers and ask again."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end]).lower()
            length = (
                int(head.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in head else 0
            )
            whole = end + 4 + length
            if len(self.buffer) < whole:
                return
            self._count(head, bytes(self.buffer[end + 4 : whole]))
            del self.buffer[:whole]
            if self.transport is not None and not self.transport.is_closing():
                self.transport.write(self.request)

    def _count(self, head: bytes, body: bytes) -> None:
        status = int(head.split(b" ", 2)[1])
        self.load.answers += 1
        self.load.bytes += len(body)
        self.load.failures += status >= 400
        self.load.statuses.add(status)
        if not self.load.first_body:
            self.load.first_body = body


def request_of(host: str, path: str, headers: Mapping[str, str]) -> bytes:
    """A GET as bytes."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def ask(
    address: tuple[str, int], request: bytes, seconds: float, connections: int = 8
) -> tuple[Load, float]:
    """Load a server for a while; what came back and how many seconds it took."""
    load = Load()
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: Asker(request, load), *address) for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    took = time.perf_counter() - started
    for transport, _ in opened:
        transport.close()
    return load, took
