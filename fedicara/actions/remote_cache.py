"""What is kept of pictures of other servers: within a size for each peer and in all, the least recently asked for go first (MED-13)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from fedicara.actions.uploads import proxy_key
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import KeptFile
from fedicara.models.database import Row
from fedicara.server import Server

KIND: Final = "remote-cache"
EVERY: Final = timedelta(hours=1)
ALL: Final = ""
_HOUR: Final = 3_600_000
_BATCH: Final = 100
_TRIES: Final = 20

_ASKED: Final = "SELECT asked FROM kept_files WHERE id = $1"
_OLDEST: Final = "SELECT id, bytes FROM kept_files ORDER BY asked, id LIMIT {batch}"
_OLDEST_OF: Final = "SELECT id, bytes FROM kept_files WHERE peer = $1 ORDER BY asked, id LIMIT {batch}"
_SUM: Final = "SELECT bytes FROM kept_sums WHERE peer = $1"
_OVER: Final = "SELECT peer, bytes FROM kept_sums WHERE peer <> '' AND bytes > $1"
_LOST: Final = """
SELECT id FROM kept_files k WHERE NOT EXISTS (SELECT 1 FROM pictures p WHERE p.id = k.id) LIMIT {batch}"""
_BEGIN: Final = "INSERT INTO kept_sums (peer, bytes, files, evicted, ran) VALUES ($1, 0, 0, 0, 0) ON CONFLICT (peer) DO NOTHING"
_ADD: Final = """
UPDATE kept_sums SET bytes = bytes + $1, files = files + 1 WHERE peer = $2 AND bytes + $1 <= $3 RETURNING bytes"""
_TAKE: Final = (
    "UPDATE kept_sums SET bytes = bytes - $1, files = files - 1, evicted = evicted + $2 WHERE peer = $3"
)
_DROP: Final = "DELETE FROM kept_files WHERE id = $1 RETURNING peer, bytes"
_COUNT_ANEW: Final = """
UPDATE kept_sums SET
  bytes = (SELECT coalesce(sum(f.bytes), 0) FROM kept_files f WHERE f.peer = kept_sums.peer OR kept_sums.peer = ''),
  files = (SELECT count(*) FROM kept_files f WHERE f.peer = kept_sums.peer OR kept_sums.peer = '')"""
_RAN: Final = "UPDATE kept_sums SET ran = $1 WHERE peer = ''"


class _FullError(Exception):
    """There is no room left: what was begun is taken back."""


async def keep(server: Server, picture_id: int, peer: str, size: int) -> bool:
    """Make room for a file about to be written, and note it; False where it is larger than what may be kept.

    Files go before their rows and rows come before their file, so that whatever is interrupted leaves no file that
    nobody counts.
    """
    most = server.settings
    if size > min(most.remote_cache, most.remote_cache_per_server):
        return False
    for _ in range(_TRIES):
        if await _noted(server, picture_id, peer, size):
            return True
        await _make_room(server, peer, most.remote_cache_per_server - size)
        await _make_room(server, ALL, most.remote_cache - size)
    return False


async def _noted(server: Server, picture_id: int, peer: str, size: int) -> bool:
    """Whether it fits; the sum of all is changed first by everybody, so nobody waits for each other."""
    most = server.settings
    try:
        async with server.database.transaction(seen=False):
            for each in (ALL, peer):
                await server.database.execute(_BEGIN, each)
            await _dropped(server, picture_id, evicted=0)
            for each, limit in ((ALL, most.remote_cache), (peer, most.remote_cache_per_server)):
                if not await server.database.execute(_ADD, size, each, limit):
                    raise _FullError
            await KeptFile.create(id=picture_id, peer=peer, bytes=size, asked=_now(server))
    except _FullError:
        return False
    return True


async def _dropped(server: Server, picture_id: int, *, evicted: int) -> None:
    for row in await server.database.execute(_DROP, picture_id):
        for each in (ALL, row["peer"]):
            await server.database.execute(_TAKE, row["bytes"], evicted, each)


async def _make_room(server: Server, peer: str, room: int) -> int:
    """Let the least recently asked for go until no more than `room` is kept; how many went."""
    gone = 0
    while (excess := await _kept(server, peer) - room) > 0:
        oldest = await _oldest(server, peer)
        if not oldest:
            break
        for row in oldest:
            await let_go(server, row["id"])
            gone, excess = gone + 1, excess - row["bytes"]
            if excess <= 0:
                break
    return gone


async def _kept(server: Server, peer: str) -> int:
    row = await server.database.row(_SUM, peer)
    return int(row["bytes"]) if row else 0


async def _oldest(server: Server, peer: str) -> Sequence[Row]:
    """Plans: kept_files_asked, kept_files_peer, both without a sort."""
    if peer == ALL:
        return await server.database.rows(_OLDEST.format(batch=_BATCH))
    return await server.database.rows(_OLDEST_OF.format(batch=_BATCH), peer)


async def let_go(server: Server, picture_id: int) -> None:
    """Remove a file, and what was noted of it; its words stay, and it is fetched again when it is asked for."""
    await server.storage.delete(proxy_key(picture_id))
    async with server.database.transaction(seen=False):
        await _dropped(server, picture_id, evicted=1)


async def asked(server: Server, picture_id: int) -> None:
    """Somebody looked at it; written down once an hour at most."""
    row = await server.database.row(_ASKED, picture_id)
    if row is not None and row["asked"] <= _now(server) - _HOUR:
        await KeptFile.filter(id=picture_id).update(asked=_now(server))


async def is_kept(server: Server, picture_id: int) -> bool:
    """Whether a file is counted among what is kept."""
    return await server.database.row(_ASKED, picture_id) is not None


def _now(server: Server) -> int:
    return int(server.now().timestamp() * 1000)


async def order(server: Server, after: timedelta = timedelta()) -> None:
    """Put in the run of an hour, once; inside the caller's transaction."""
    hour = int((server.now() + after).timestamp() // EVERY.total_seconds())
    await LeaseTable(server).enqueue(Order(KIND, {}, key=f"{KIND}:{hour}", delay=after.total_seconds()))


async def run(server: Server, _claim: Claim) -> Outcome:
    """The job of every hour: count anew, and let go of what is of no picture any more or over the sizes as they are now."""
    async with server.database.transaction():
        await order(server, EVERY)
    await _let_go_of_the_lost(server)
    await _count_anew(server)
    most = server.settings
    for row in await server.database.rows(_OVER, most.remote_cache_per_server):
        await _make_room(server, row["peer"], most.remote_cache_per_server)
    await _make_room(server, ALL, most.remote_cache)
    await server.database.execute(_RAN, _now(server))
    return Done()


async def _let_go_of_the_lost(server: Server) -> None:
    while lost := await server.database.rows(_LOST.format(batch=_BATCH)):
        for row in lost:
            await let_go(server, row["id"])


async def _count_anew(server: Server) -> None:
    async with server.database.transaction(seen=False):
        await server.database.execute(_BEGIN, ALL)
        await server.database.execute("UPDATE kept_sums SET files = files WHERE peer = ''")
        await server.database.execute(_COUNT_ANEW)
