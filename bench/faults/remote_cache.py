"""Pictures of other servers come for a month: never more is kept than may be, and what people look at stays."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.faults.row import Finding, Run
from fedicara.actions import remote_cache
from fedicara.actions.uploads import proxy_key
from fedicara.jobs.queue import Claim
from fedicara.models import KeptFile, Picture
from fedicara.reads.remote_cache import kept
from fedicara.server import Server
from tests import sqlite
from tests.fedicara.rooms import clock, local, pictured, posted, room, stranger

ATTACHMENTS, HOURS, PEERS, LOVED = 100_000, 30 * 24, 12, 5
MOST, MOST_OF_ONE, SMALLEST, LARGEST = 400_000, 100_000, 200, 5_000
RUN: Final = Claim(0, remote_cache.KIND, "", {}, 0)


@dataclass
class Month:
    """What was seen in it."""

    most: int = 0
    most_of_one: int = 0
    runs: int = 0
    unproven: int = 0
    lost_loved: int = 0
    pictures: list[tuple[int, str]] = field(default_factory=list)


async def month(run: Run) -> list[Finding]:
    """MED-13: attachments of 5 MB at most, a thousandth of that each, over a clock of 30 days."""
    url = sqlite.fresh(f"sqlite://{run.folder / 'cache.db'}")
    async with room(url, run.folder, remote_cache=MOST, remote_cache_per_server=MOST_OF_ONE) as server:
        own = await pictured(server, await posted(await local(server, "ada")))
        found = await _lived(server, run.many(ATTACHMENTS), random.Random(run.seed))
        counted = await KeptFile.all().count()
        files = _files(server.settings.media, "*.remote")
        here = await server.storage.exists(own.key)
        last = await kept(server)
    return [
        Finding("most bytes on the disk", f"{found.most} of {MOST}", found.most <= MOST),
        Finding("of one server", f"{found.most_of_one} of {MOST_OF_ONE}", found.most_of_one <= MOST_OF_ONE),
        Finding("files that had to go", str(last.evicted), last.evicted > 0),
        Finding("what people look at went", str(found.lost_loved), not found.lost_loved),
        Finding(
            "runs that the metric does not prove", f"{found.unproven} of {found.runs}", not found.unproven
        ),
        Finding("files and rows", f"{len(files)} and {counted}", len(files) == counted),
        Finding("local files", "there" if here else "gone", here),
    ]


async def _lived(server: Server, attachments: int, chance: random.Random) -> Month:
    found = Month()
    authors = [await stranger(f"eve{number}", f"peer{number}.example") for number in range(PEERS)]
    begun = 0
    for hour in range(HOURS):
        clock(server).forward(hours=1, seconds=1)
        coming = attachments * (hour + 1) // HOURS - begun
        for number in range(begun, begun + coming):
            author = authors[number % PEERS if number % 3 else 0]
            picture = await Picture.create(actor_id=author.id, remote_url=f"{author.uri}/{number}.png")
            await _kept(server, picture.id, author.domain, chance.randrange(SMALLEST, LARGEST))
            found.pictures.append((picture.id, author.domain))
        begun += coming
        found.lost_loved += await _look(server, found.pictures[:LOVED])
        found.runs += 1
        found.unproven += not await _proven(server)
        _measure(server, found)
    return found


async def _kept(server: Server, picture: int, peer: str, size: int) -> None:
    if await remote_cache.keep(server, picture, peer, size):
        await server.storage.write(proxy_key(picture), bytes(size))


async def _look(server: Server, loved: Sequence[tuple[int, str]]) -> int:
    """People look at these every hour; how many are gone all the same."""
    for picture, _ in loved:
        await remote_cache.asked(server, picture)
    return sum([not await server.storage.exists(proxy_key(picture)) for picture, _ in loved])


async def _proven(server: Server) -> bool:
    """Go over it as the job of every hour does; whether the numbers for whoever watches tell of that."""
    await remote_cache.run(server, RUN)
    told = await kept(server)
    return told.ran == int(server.now().timestamp() * 1000) / 1000 and told.bytes <= MOST


def _measure(server: Server, found: Month) -> None:
    sizes = _files(server.settings.media, "*.remote")
    found.most = max(found.most, sum(sizes.values()))
    peers = dict(found.pictures)
    each = dict.fromkeys(peers.values(), 0)
    for name, size in sizes.items():
        each[peers[int(name[2:].partition(".")[0])]] += size
    found.most_of_one = max(found.most_of_one, *each.values())


def _files(folder: Path, pattern: str) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.rglob(pattern)}
