"""What the gate costs a request: the same one with it and without it, judged and exempt, in turn in one run."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bench.table import show
from fedicara.app import close_server, open_server
from fedicara.settings import Settings
from fedicara.web.gate import Gate

GOAL: Final = 50.0
FIREFOX: Final = b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CASES: Final = {
    "a browser asks for a page": ("/@ada", FIREFOX, False),
    "a browser that nobody saw before": ("/@ada", FIREFOX, True),
    "a server asks for an actor": (
        "/actors/1",
        b"Mastodon/4.5.0 (http.rb/5.3.1; +https://there.example/)",
        False,
    ),
    "robots.txt, exempt": ("/robots.txt", FIREFOX, False),
}


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """The shortest application."""


async def _silence() -> Message:
    return {"type": "http.disconnect"}


async def _nowhere(message: Message) -> None:
    """Nobody listens."""


def _scope(path: str, agent: bytes, number: int | None) -> Scope:
    value = agent if number is None else agent + b" %d" % number
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "client": ("8.8.8.8", 40_000),
        "headers": [(b"host", b"art.example"), (b"user-agent", value), (b"accept", b"text/html")],
    }


async def _microseconds(app: ASGIApp, path: str, agent: bytes, is_new: bool, requests: int) -> float:
    scopes = [_scope(path, agent, number if is_new else None) for number in range(requests)]
    began = time.perf_counter()
    for scope in scopes:
        await app(scope, _silence, _nowhere)
    return (time.perf_counter() - began) / requests * 1e6


async def measure(requests: int, rounds: int) -> int:
    """Print what each kind of request costs more; 0 where none costs more than the goal."""
    with tempfile.TemporaryDirectory() as folder:
        off = ", ".join(f"{name}=off" for name in ("ap_signed", "crawler"))
        wide = ", ".join(
            f"{name}=999999/s burst 999999"
            for name in ("html", "html_network", "media", "media_network", "ap_unsigned")
        )
        settings = Settings(base_url="https://art.example", data=Path(folder), rates=f"{off}, {wide}")  # type: ignore[arg-type]
        server = await open_server(settings)
        try:
            with server.database.bound():
                return await _compared(Gate(_answer, server), requests, rounds)
        finally:
            await close_server(server)


async def _compared(gate: ASGIApp, requests: int, rounds: int) -> int:
    rows, worst = [], 0.0
    for name, case in CASES.items():
        bare, gated = [], []
        for _ in range(rounds):
            bare.append(await _microseconds(_answer, *case, requests))
            gated.append(await _microseconds(gate, *case, requests))
        without, with_it = statistics.median(bare), statistics.median(gated)
        worst = max(worst, with_it - without)
        rows.append((name, f"{without:.2f}", f"{with_it:.2f}", f"{with_it - without:.2f}"))
    show("microseconds a request, medians", ("request", "without", "with the gate", "more"), rows)
    return 0 if worst <= GOAL else 1


def main(requests: int, rounds: int) -> int:
    """Run the measurement."""
    return asyncio.run(measure(requests, rounds))
