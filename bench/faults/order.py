"""What a peer that fails at random holds in the end of works that were published, edited and deleted (REL-09)."""

import asyncio
import json
import random
from dataclasses import replace
from typing import Any

import httpx

from bench.faults.checker import violations
from bench.faults.deliveries import Compressed
from bench.faults.row import Finding, Run, kept
from bench.faults.scene import artist, readers
from fedicara.federation.kinds import KINDS
from fedicara.federation.network.http import Door
from fedicara.federation.said import outbox
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Actor, Work
from fedicara.models.ids import new_id
from fedicara.server import Server
from tests.carried import Carried

# More at once to one host than is usual, so that there is much to overtake.
CROWDED = {"deliver": replace(KINDS["deliver"], at_once=40, per_lane=40)}
AT_ONCE = 20


class Shaky(httpx.AsyncBaseTransport):
    """A peer that remembers no deletions, ignores edits of what it does not know, and fails half the time.

    A failure comes before or after it took what was said; it takes a moment for either.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.steady = False
        self.holds: dict[str, str] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Take it or not, and say so or not."""
        fails, takes = self.chance.random() < 0.5 and not self.steady, self.chance.random() < 0.5
        await asyncio.sleep(self.chance.random() * 0.05)
        if takes or not fails:
            self._take(json.loads(request.content))
        await asyncio.sleep(self.chance.random() * 0.002)
        if fails and self.chance.random() < 0.5:
            raise httpx.ReadError("reset", request=request)
        return httpx.Response(503 if fails else 202, stream=httpx.ByteStream(b""))

    def _take(self, said: dict[str, Any]) -> None:
        what = said["object"]
        if said["type"] == "Delete":
            self.holds.pop(what["id"], None)
        elif said["type"] == "Create":
            self.holds.setdefault(what["id"], what["name"])
        elif what["id"] in self.holds:
            self.holds[what["id"]] = what["name"]


async def lives(server: Server, work: Work, chance: random.Random) -> str | None:
    """Publish, edit and perhaps delete a work with pauses between; its last title, None where it is gone."""
    async with server.database.transaction():
        await outbox.publish_create(server, work)
    for number in range(chance.randint(0, 3)):
        await asyncio.sleep(chance.random() * 0.05)
        async with server.database.transaction():
            work.title, work.revision = f"Title {number}", work.revision + 1
            await work.save()
            await outbox.publish_update(server, work)
    if chance.random() < 0.6:
        return str(work.title)
    await asyncio.sleep(chance.random() * 0.05)
    async with server.database.transaction():
        await outbox.publish_delete(server, work)
        await work.delete()
    return None


async def shaky_peer(run: Run) -> list[Finding]:
    """REL-09: 1,000 works are published, edited and deleted while a peer fails half the time."""
    scene = run.scene(("there.example",))
    clock, peer, count = Compressed(), Shaky(scene.chance), run.many(1_000)
    async with scene.opened() as opened:
        door = Door(scene.settings(), Carried(peer))
        server = replace(opened, now=clock, network=door)
        viewer, _ = await artist(server)
        await readers(scene, viewer.actor, 1)
        expected: dict[str, str] = {}
        for start in range(0, count, AT_ONCE):
            expected |= await _some(server, viewer.actor, min(AT_ONCE, count - start), scene.chance)
        while await clock.jump(server):
            await Worker(server, LeaseTable(server), CROWDED).drain()
        await door.close()
        broken = await violations(server)
    wrong = expected.items() ^ peer.holds.items()
    return [
        Finding("works, of them there in the end", f"{count}, {len(expected)}"),
        Finding("works that the peer holds otherwise", str(len({uri for uri, _ in wrong})), not wrong),
        kept(broken),
    ]


async def _some(server: Server, author: Actor, count: int, chance: random.Random) -> dict[str, str]:
    """Works that live at the same time while deliveries go on; the last titles of those that are left."""
    works = [await _untold(server, author) for _ in range(count)]
    worker = Worker(server, LeaseTable(server), CROWDED)
    running = asyncio.create_task(worker.run())
    ends = await asyncio.gather(*(lives(server, work, chance) for work in works))
    await worker.stop()
    await running
    return {work.uri: end for work, end in zip(works, ends, strict=True) if end is not None}


async def _untold(server: Server, author: Actor) -> Work:
    """A work of which nobody was told."""
    identifier = new_id()
    uri = server.url(f"/objects/{identifier}")
    return await Work.create(
        id=identifier, uri=uri, url=uri, actor=author, title="Title", published=server.now()
    )
