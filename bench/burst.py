"""Many uploads at once while workers are killed: how long pages take meanwhile, what is lost, what is out uncloaked."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from bench.place import Place, drawn, environment, place
from bench.table import show

GOAL_MS: Final = 50.0
PATIENCE: Final = 45 * 60.0
_PROBE: Final = 0.05
_KINDS: Final = 8
_AT_ONCE: Final = 20
_WAITS: Final = "SELECT count(*) FROM works WHERE state = 'processing'"
_OUT: Final = "SELECT count(*) FROM works WHERE state = 'published'"
_BARE: Final = """
SELECT count(*) FROM renditions r JOIN pictures p ON p.id = r.picture_id
WHERE p.engine <> 'texture' OR json_extract(p.report, '$.cloak.engine') <> 'texture' OR p.blurhash = ''"""


class Crew:
    """A worker beside the server, replaced whenever it was killed."""

    def __init__(self, found: Place, log: int) -> None:
        self._found = found
        self._log = log
        self.kills = 0
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "fedicara", "work"]
        chosen = environment(self._found.data, self._found.url)
        return subprocess.Popen(command, env=chosen, stdout=self._log, stderr=self._log)

    def kill(self) -> None:
        """Kill -9, whatever is in hand, and start another."""
        self.process.kill()
        self.process.wait(30)
        self.kills += 1
        self.process = self._start()


@dataclass
class Seen:
    """What a visitor saw while it lasted."""

    milliseconds: list[float] = field(default_factory=list)
    failures: int = 0

    def at(self, share: float) -> float:
        """So many of all were answered within this time."""
        times = sorted(self.milliseconds) or [0.0]
        return times[min(len(times) - 1, int(share * len(times)))]


async def measure(uploads: int, kills: int) -> int:
    """Send so many pictures at once, kill the worker so often; 0 when nothing is lost, bare, or slow."""
    os.environ |= {"FEDICARA_UPLOAD_RATE": "0", "FEDICARA_RATES": "api=off", "FEDICARA_CLOAK": "texture"}
    with tempfile.TemporaryDirectory() as name, place(Path(name) / "data") as found:
        folder = Path(name)
        found.command("accounts", "create", "ada", "--password-stdin", stdin="a long password\n")
        token = found.command("tokens", "create", "ada", "--scope", "read write")
        pictures = [drawn(folder / f"{seed}.jpg", 1_200, 900, seed) for seed in range(_KINDS)]
        seen, began = Seen(), time.perf_counter()
        with _crew(found, folder) as crew:
            watching = asyncio.create_task(_watch(found, seen))
            killing = asyncio.create_task(_kill(crew, kills))
            await _send(found, token, pictures, uploads)
            await _until_over(found)
            killed = killing.done()
            for task in (killing, watching):
                task.cancel()
            await asyncio.gather(killing, watching, return_exceptions=True)
        took = time.perf_counter() - began
        return _told(found, seen, (uploads, crew.kills, took), all_killed=killed or not kills)


@contextmanager
def _crew(found: Place, folder: Path) -> Iterator[Crew]:
    with (folder / "work.log").open("wb") as log:
        crew = Crew(found, log.fileno())
        try:
            yield crew
        finally:
            crew.process.send_signal(signal.SIGTERM)
            crew.process.wait(60)


async def _watch(found: Place, seen: Seen) -> None:
    """Somebody looks at the first page and at the artist's again and again."""
    async with httpx.AsyncClient(base_url=found.url, timeout=60) as client:
        while True:
            for path in ("/", "/@ada"):
                began = time.perf_counter()
                answer = await client.get(path)
                seen.milliseconds.append((time.perf_counter() - began) * 1000)
                seen.failures += answer.status_code != 200
                await asyncio.sleep(_PROBE)


async def _kill(crew: Crew, kills: int) -> None:
    """Kill it every few seconds: long enough to have something in hand, too short to be trusted with suspects."""
    for _ in range(kills):
        await asyncio.sleep(5)
        await asyncio.to_thread(crew.kill)


async def _send(found: Place, token: str, pictures: Sequence[Path], uploads: int) -> None:
    headers, turn = {"Authorization": f"Bearer {token}"}, asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=found.url, headers=headers, timeout=300) as client:

        async def one(number: int) -> None:
            async with turn:
                data = pictures[number % len(pictures)].read_bytes()
                file = {"file": ("a.jpg", data, "image/jpeg")}
                sent = await client.post(
                    "/api/v2/media", files=file, data={"description": f"Shapes {number}"}
                )
                sent.raise_for_status()
                wish = {"media_ids": [sent.json()["id"]], "fedicara": {"when_ready": True}}
                (await client.post("/api/v1/statuses", json=wish)).raise_for_status()

        await asyncio.gather(*(one(number) for number in range(uploads)))


async def _until_over(found: Place) -> None:
    until = time.monotonic() + PATIENCE
    while _count(found, _WAITS) and time.monotonic() < until:
        await asyncio.sleep(0.5)


def _count(found: Place, sql: str) -> int:
    with sqlite3.connect(f"file:{found.data / 'fedicara.db'}?mode=ro", uri=True) as connection:
        return int(connection.execute(sql).fetchone()[0])


def _told(found: Place, seen: Seen, done: tuple[int, int, float], *, all_killed: bool) -> int:
    uploads, kills, took = done
    lost, bare = uploads - _count(found, _OUT), _count(found, _BARE)
    slow = seen.at(0.95)
    rows = [
        ("uploads that are not out", str(lost), not lost),
        ("files out without their cloak", str(bare), not bare),
        ("workers killed", str(kills), all_killed),
        ("pages that failed", str(seen.failures), not seen.failures),
        (f"p95 of a page, goal {GOAL_MS:.0f} ms", f"{slow:.1f} ms", slow < GOAL_MS),
        ("median of a page", f"{seen.at(0.5):.1f} ms", True),
        ("slowest page", f"{seen.at(1.0):.1f} ms", True),
    ]
    words = [(what, figure, "yes" if holds else "NO") for what, figure, holds in rows]
    show(f"{uploads} uploads at once, in {took:.0f} s", ("what", "figure", "holds"), words)
    return 0 if all(holds for _, _, holds in rows) else 1
