"""Rows and files brought to agree: what no row names is removed, what a row names and is missing is told (MED-11, MED-15)."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from anyio.to_thread import run_sync

from fedicara.actions import originals
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Rendition
from fedicara.models.troubles import TROUBLED
from fedicara.server import Server
from media.storage import Kept

KIND: Final = "sweep"
EVERY: Final = timedelta(hours=6)
TEMPORARY: Final = timedelta(minutes=30)
ORPHANED: Final = timedelta(hours=1)
"""No upload and no preparation takes as long: a file of that age that no row names is nobody's."""
QUARTER: Final = 15 * 60.0
_BATCH: Final = 500
# Originals and sizes of pictures; what else is kept has an owner of its own.
_SWEPT: Final = re.compile(
    r"[0-9a-f]{32}(-[0-9a-f]{8}\.original|\.original|\.trial|\.(png|jpg|jpeg|webp|gif|avif))"
)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Findings:
    """Files that no row names, and keys that rows name though there is no file."""

    orphans: tuple[str, ...]
    missing: tuple[str, ...]


async def temporary(server: Server, before: datetime) -> int:
    """Remove uploads and pictures in work that a process left behind; how many there were."""
    swept = await run_sync(_left_behind, server.settings.incoming, before.timestamp())
    swept += await server.storage.sweep(before)
    server.swept["temporary"] += swept
    return swept


def _left_behind(folder: Path, before: float) -> int:
    swept = 0
    for each in list(folder.iterdir()) if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if each.lstat().st_mtime < before:
                _unlink(each)
                swept += 1
    return swept


def _unlink(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


async def compare(server: Server, before: datetime) -> Findings:
    """Every file against every row; files younger than that moment may still get their row."""
    seen: set[str] = set()
    orphans: list[str] = []
    async for batch in _batches(server.storage.kept()):
        seen.update(each.key for each in batch)
        old = [each.key for each in batch if each.written < before and _SWEPT.fullmatch(each.key)]
        orphans += await originals.unused(old)
    missing = [key async for key in _named() if key not in seen and not await server.storage.exists(key)]
    return Findings(tuple(orphans), tuple(missing))


async def _batches(kept: AsyncIterator[Kept]) -> AsyncIterator[list[Kept]]:
    batch: list[Kept] = []
    async for each in kept:
        batch.append(each)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


async def _named() -> AsyncIterator[str]:
    """Every key that a row names, in portions, so that no reader holds up a writer for long."""
    last = 0
    while sizes := await Rendition.filter(id__gt=last).order_by("id").limit(_BATCH).values_list("id", "key"):
        for _, key in sizes:
            yield str(key)
        last = sizes[-1][0]
    last = 0
    while kept := await originals.kept_after(last, _BATCH):
        for _, key in kept:
            yield key
        last = kept[-1][0]


async def remove(server: Server, keys: Iterable[str]) -> None:
    """Remove files that no row names by now either."""
    for key in await originals.unused(keys):
        await server.storage.delete(key)
        server.swept["orphan"] += 1


async def settle(server: Server, before: datetime) -> Findings:
    """Compare, remove what is nobody's, and remember how much is missing."""
    found = await compare(server, before)
    await remove(server, found.orphans)
    server.swept["missing"] = len(found.missing)
    if found.orphans or found.missing:
        _log.warning("swept", removed=len(found.orphans), missing=len(found.missing))
    return found


async def order(server: Server, after: timedelta = EVERY) -> None:
    """Put in the next comparison, once; inside the caller's transaction."""
    slot = int((server.now() + after).timestamp() // EVERY.total_seconds())
    await LeaseTable(server).enqueue(Order(KIND, {}, key=f"{KIND}:{slot}", delay=after.total_seconds()))


async def run(server: Server, claim: Claim) -> Outcome:
    """Job `sweep`: four times a day; the next is ordered first, so that no failure ends the row."""
    async with server.database.transaction():
        await order(server)
    await settle(server, datetime.now(UTC) - ORPHANED)
    return Done()


async def keep(server: Server) -> None:
    """Sweep when a process begins and every quarter of an hour; run beside the rest until cancelled.

    Where no other process worked on this folder when it began, everything older than that moment is left over, with no need to
    wait: on SQLite and with a folder, which no other machine shares, that goes for files without rows too.
    """
    server.database.bind()
    began = datetime.now(UTC) - timedelta(seconds=0.5)
    alone = server.presence is not None and server.presence.came_first
    if alone:
        await _tried(temporary(server, began))
        if not (server.settings.bucket or server.settings.database_url):
            await _tried(settle(server, began))
    while True:
        await _tried(temporary(server, datetime.now(UTC) - TEMPORARY))
        await asyncio.sleep(QUARTER)


async def _tried(sweeping: Awaitable[object]) -> None:
    try:
        await sweeping
    except TROUBLED as error:
        _log.warning("sweeping waits", error=repr(error))
