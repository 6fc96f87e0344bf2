"""Many writers on one SQLite file, a lock that somebody else holds, a disk that is full."""

import asyncio
import contextlib
import multiprocessing
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.faults.checker import violations
from bench.faults.row import Finding, Run, kept
from bench.faults.scene import Scene, artist, crew, serving, until_answered
from fedicara.models.database import open_database

WRITERS, TURNS = 4, 300
HELD = 20.0
DISK = 64


async def four_writers(run: Run) -> list[Finding]:
    """REL-13: four processes read and write one number 300 times each."""
    url = f"sqlite://{run.folder / 'counter.db'}"
    database = await open_database(url)
    await database.execute("CREATE TABLE counter (n INTEGER)")
    await database.execute("INSERT INTO counter VALUES (0)")
    spawn = multiprocessing.get_context("spawn")
    errors: multiprocessing.Queue[str] = spawn.Queue()
    writers = [spawn.Process(target=_writer, args=(url, run.many(TURNS), errors)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    said = [await asyncio.to_thread(errors.get, True, 300) for _ in writers]
    row = await database.row("SELECT n FROM counter")
    await database.close()
    counted, wanted = row["n"] if row else 0, WRITERS * run.many(TURNS)
    return [
        Finding("counted", f"{counted} of {wanted}", counted == wanted),
        Finding("errors", "; ".join(filter(None, said)) or "none", not any(said)),
    ]


def _writer(url: str, turns: int, errors: "multiprocessing.Queue[str]") -> None:
    errors.put(asyncio.run(_count(url, turns)))


async def _count(url: str, turns: int) -> str:
    database = await open_database(url)
    try:
        for _ in range(turns):
            async with database.transaction():
                rows = await database.execute("SELECT n FROM counter")
                await database.execute("UPDATE counter SET n = $1", rows[0]["n"] + 1)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is told)
        return repr(error)
    finally:
        await database.close()
    return ""


@dataclass(frozen=True)
class Asked:
    """How one request was answered, and when."""

    status: int
    seconds: float
    retry_after: str
    text: str


@asynccontextmanager
async def _app(scene: Scene, token: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=scene.url, headers=headers, timeout=60) as client:
        yield client


async def _ask(client: httpx.AsyncClient, method: str, path: str, text: str = "") -> Asked:
    began = time.perf_counter()
    answer = await client.request(method, path, json={"status": text} if text else None)
    took = time.perf_counter() - began
    return Asked(answer.status_code, took, answer.headers.get("retry-after", ""), answer.text[:200])


async def _post(client: httpx.AsyncClient, text: str) -> Asked:
    return await _ask(client, "POST", "/api/v1/statuses", text)


async def lock_outside(run: Run) -> list[Finding]:
    """REL-14: another process holds the write lock for 20 seconds while people post and read."""
    scene = run.scene()
    async with scene.opened() as server:
        _, token = await artist(server)
    with crew(scene, *serving(scene)):
        until_answered(f"{scene.url}/robots.txt")
        async with _app(scene, token) as client:
            before = await _post(client, "Before.")
            with _locked(scene.data / "fedicara.db"):
                posting = [asyncio.create_task(_post(client, f"Post {number}.")) for number in range(10)]
                await asyncio.sleep(0.5)
                read = await _ask(client, "GET", "/api/v1/timelines/public")
                posted = await asyncio.gather(*posting)
                await asyncio.sleep(max(0.0, HELD * run.scale - posted[0].seconds))
            after = await _post(client, "After.")
        async with scene.opened() as server:
            broken = await violations(server)
    slowest, refused = max(each.seconds for each in posted), {each.status for each in posted}
    return [
        Finding(
            "a post before and after",
            f"{before.status}, {after.status}",
            before.status == after.status == 200,
        ),
        Finding(
            "posts meanwhile",
            str(sorted(refused)),
            refused == {503} and all(each.retry_after for each in posted),
        ),
        Finding("longest wait, s (10)", f"{slowest:.1f}", slowest < 11),
        Finding("a timeline meanwhile", f"{read.status} in {read.seconds:.2f} s", read.status == 200),
        kept(broken),
    ]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


async def full_disk(run: Run) -> list[Finding]:
    """REL-15: a small disk fills up while people post, and gets room again."""
    scene = run.scene()
    scene.data.mkdir()
    with _small_disk(scene.data):
        async with scene.opened() as server:
            _, token = await artist(server)
        with crew(scene, *serving(scene)):
            until_answered(f"{scene.url}/robots.txt")
            async with _app(scene, token) as client:
                before = await _post(client, "Before.")
                ballast = _fill(scene.data)
                full = await _until_refused(client)
                picture = await client.post(
                    "/api/v2/media", files={"file": ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(9_000_000))}
                )
                read = await _ask(client, "GET", "/api/v1/timelines/public")
                ill = await _ask(client, "GET", "/health")
                ballast.unlink()
                after = await _post(client, "After.")
            async with scene.opened() as server:
                broken = await violations(server)
    return [
        Finding(
            "a post before and after",
            f"{before.status}, {after.status}",
            before.status == after.status == 200,
        ),
        Finding("a post meanwhile", f"{full.status} {full.text}", full.status == 507),
        Finding("health meanwhile", f"{ill.status} {ill.text}", ill.status == 503),
        Finding("a picture meanwhile", str(picture.status_code), picture.status_code == 507),
        Finding("a timeline meanwhile", str(read.status), read.status == 200),
        kept(broken),
    ]


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A disk of a few megabytes; only root may make one."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """Leave not a block free."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return ballast


async def _until_refused(client: httpx.AsyncClient) -> Asked:
    """Post until there is no room in the files that exist either."""
    for number in range(500):
        asked = await _post(client, f"Number {number}. " + "ink " * 1000)
        if asked.status != 200:
            break
    return asked
