"""Answers per second of WebFinger, an actor's unsigned envelope and the public timeline, beside a bare route."""

import asyncio
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.load import ask, request_of
from bench.place import Place, drawn, free_port, place, until_published
from bench.table import show

WORKS = 24
GOALS = {"webfinger": 0.5, "actor": 0.5, "timeline": 0.4}


@dataclass(frozen=True)
class Route:
    """What is asked for."""

    name: str
    path: str
    headers: Mapping[str, str]


async def measure(seconds: float, rounds: int, database_url: str) -> int:
    """Fill a server, load both in turn, print the ratios; 0 when every answer was good."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with place(data, database_url) as found:
            idle = found.memory()
            routes = await _fill(found, Path(folder))
            bodies = Path(folder) / "bodies"
            bodies.mkdir()
            async with httpx.AsyncClient(base_url=found.url) as client:
                for route in routes:
                    answer = await client.get(route.path, headers=route.headers)
                    answer.raise_for_status()
                    (bodies / route.name).write_bytes(answer.content)
            rows, good = await _compare(found, routes, bodies, (seconds, rounds))
            show(
                "Answers per second on one core, 8 connections",
                ("route", "bytes", "bare", "fedicara", "ratio", "goal"),
                rows,
            )
            show(
                "Memory of serve",
                ("when", "MiB"),
                [("idle", f"{idle:.0f}"), ("after the load", f"{found.memory():.0f}")],
            )
    return 0 if good else 1


async def _fill(found: Place, folder: Path) -> list[Route]:
    """One artist, works with a small picture each."""
    found.command("accounts", "create", "ada", "--password-stdin", stdin="a long password\n")
    token = found.command("tokens", "create", "ada", "--scope", "read write")
    picture = drawn(folder / "picture.jpg", 640, 480)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=found.url, headers=headers, timeout=60) as client:
        for number in range(WORKS):
            upload = await client.post(
                "/api/v2/media", files={"file": picture.read_bytes()}, data={"description": "Soft shapes."}
            )
            upload.raise_for_status()
            await until_published(client, upload.json()["id"])
            posted = await client.post(
                "/api/v1/statuses",
                json={"status": f"Number {number} #bench", "media_ids": [upload.json()["id"]]},
            )
            posted.raise_for_status()
        me = (await client.get("/api/v1/accounts/verify_credentials")).json()
    return [
        Route("webfinger", f"/.well-known/webfinger?resource=acct:ada@{found.host}", {}),
        Route("actor", f"/actors/{me['id']}", {"Accept": "application/activity+json"}),
        Route("timeline", "/api/v1/timelines/public", {}),
    ]


async def _compare(
    found: Place, routes: list[Route], bodies: Path, pace: tuple[float, int]
) -> tuple[list[tuple[str, ...]], bool]:
    seconds, rounds = pace
    port = free_port()
    bare = subprocess.Popen([sys.executable, "-m", "bench.bare", str(port), str(bodies)])
    try:
        await asyncio.sleep(1.5)
        rows, good = [], True
        for route in routes:
            ours, theirs = [], []
            for _ in range(rounds):
                for figures, address, request in (
                    (theirs, ("127.0.0.1", port), request_of(f"127.0.0.1:{port}", f"/{route.name}", {})),
                    (ours, ("127.0.0.1", found.port), request_of(found.host, route.path, route.headers)),
                ):
                    load, took = await ask(address, request, seconds)
                    good = good and not load.failures and load.answers > 0
                    figures.append(load.answers / took)
            ratio = statistics.median(mine / yours for mine, yours in zip(ours, theirs, strict=True))
            size = str((bodies / route.name).stat().st_size)
            mid, yard = statistics.median(ours), statistics.median(theirs)
            rows.append(
                (route.name, size, f"{yard:.0f}", f"{mid:.0f}", f"{ratio:.2f}", f"≥ {GOALS[route.name]}")
            )
        return rows, good
    finally:
        bare.terminate()
        bare.wait(10)
