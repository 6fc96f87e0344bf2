"""Other servers that misbehave: `python -m bench.faults.chaos PORT SEED`; a host named half-3.example is in mode half."""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable

ANSWERS = {"ok": 202, "error": 500, "limit": 429, "gone": 410, "unavailable": 503}
SILENT = ("swallow", "drip")


class Log:
    """What was asked and what was taken."""

    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()
        self.taken: list[tuple[str, str, float]] = []
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    def as_json(self) -> bytes:
        """Everything, for whoever checks."""
        return json.dumps({"attempts": self.attempts, "taken": self.taken, "most": self.most}).encode()


class Host(asyncio.Protocol):
    """One connection to any of the hosts."""

    def __init__(self, log: Log, chance: random.Random) -> None:
        self.log = log
        self.chance = chance
        self.buffer = bytearray()
        self.host = ""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Who waited does not wait any more."""
        self.log.open[self.host] -= 1

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode("latin-1")
            headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:])
            whole = end + 4 + int(headers.get("content-length", 0))
            if len(self.buffer) < whole:
                return
            body = bytes(self.buffer[end + 4 : whole])
            del self.buffer[:whole]
            self._asked(head.split(" ")[1], headers["host"], body)

    def _asked(self, path: str, host: str, body: bytes) -> None:
        if path == "/log":
            return self._answer(200, self.log.as_json())
        if not body:
            return self._answer(404)
        if not self.host:
            self.host = host
            self.log.open[host] += 1
            self.log.most[host] = max(self.log.most[host], self.log.open[host])
        inbox, activity = f"{host}{path}", json.loads(body)["id"]
        self.log.attempts[f"{inbox} {activity}"] += 1
        mode = host.partition("-")[0]
        if mode == "half":
            mode = self.chance.choice(("ok", "unavailable"))
        if mode == "reset":
            return self.transport.abort()
        if mode == "drip":
            self._drip(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        if mode in SILENT:
            return None
        if mode == "ok":
            self.log.taken.append((inbox, activity, time.time()))
        return self._answer(ANSWERS[mode])

    def _drip(self, rest: bytes) -> None:
        if rest and not self.transport.is_closing():
            self.transport.write(rest[:1])
            asyncio.get_running_loop().call_later(2.0, self._drip, rest[1:])

    def _answer(self, status: int, body: bytes = b"") -> None:
        head = f"HTTP/1.1 {status} Answered\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def main() -> None:
    """Listen until ended."""
    port, chance, log = int(sys.argv[1]), random.Random(int(sys.argv[2])), Log()
    make: Callable[[], Host] = lambda: Host(log, chance)  # noqa: E731
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
