"""One work to 10,000 inboxes on 1,000 hosts, beside how often one core can sign with RSA-2048, the limit of it all."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import uvloop
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import cavage, keys
from bench.place import free_port
from bench.table import show
from fedicara.actions.kinds import kinds
from fedicara.app import close_server, open_server
from fedicara.federation.said import outbox
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Actor, Follow, Key, Picture, Rendition, Work
from fedicara.models.ids import new_id
from fedicara.server import Server
from fedicara.settings import Settings

GOAL = 0.25
SIGNING = 2.0


def main(inboxes: int, hosts: int) -> int:
    """Run it."""
    return uvloop.run(measure(inboxes, hosts))


async def measure(inboxes: int, hosts: int) -> int:
    """Deliver, print rate, share of the signing rate and memory; 0 when all arrived and the goal is met.

    Signatures are counted by the processor's time, so deliveries are too: on a machine that does other things at the
    same time, the clock would measure those.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    signing = _signing_rate()
    with tempfile.TemporaryDirectory() as folder, _sink() as port:
        server = await open_server(_settings(Path(folder), hosts))
        try:
            with server.database.bound():
                await _followers(server, await _artist(server), inboxes, hosts, port)
                took, worked, memory = await _deliver(server)
                left = sum((await LeaseTable(server).counts()).values())
        finally:
            await close_server(server)
    rate, share = (inboxes - left) / took, (inboxes - left) / worked / signing
    show(
        f"One work to {inboxes:,} inboxes on {hosts:,} hosts, one process",
        ("what", "figure"),
        [
            ("signatures a second, one core", f"{signing:.0f}"),
            ("deliveries a second", f"{rate:.0f}"),
            ("of one core's time", f"{worked / took:.2f}"),
            ("share of the signing rate, by the core's time", f"{share:.2f}"),
            ("the same by the clock", f"{rate / signing:.2f}"),
            ("memory at a tenth, MiB", f"{memory[len(memory) // 10]:.0f}"),
            ("memory at the end, MiB", f"{memory[-1]:.0f}"),
            ("not delivered", str(left)),
        ],
    )
    return 0 if not left and share >= GOAL else 1


def _signing_rate() -> float:
    """Signed POSTs a second, with nothing else to do."""
    key = keys.load_private(keys.generate_rsa()[0])
    assert isinstance(key, RSAPrivateKey)
    count, until = 0, time.process_time() + SIGNING
    while time.process_time() < until:
        cavage.sign("POST", "https://a.example/inbox", {}, b"{}", "https://b.example/#key", key)
        count += 1
    return count / SIGNING


def _settings(folder: Path, hosts: int) -> Settings:
    values: dict[str, Any] = {
        "data": folder / "data",
        "base_url": "https://art.example",
        "egress_allow": "127.0.0.0/8",
        "egress_hosts": {_host(number): "127.0.0.1" for number in range(hosts)},
    }
    return Settings(**values)


def _host(number: int) -> str:
    return f"host{number}.example"


@contextmanager
def _sink() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)])
    try:
        time.sleep(1.0)
        yield port
    finally:
        process.terminate()
        process.wait(10)


async def _artist(server: Server) -> Actor:
    identifier = new_id()
    uri = server.url(f"/actors/{identifier}")
    artist = await Actor.create(id=identifier, uri=uri, username="ada", url=server.url("/@ada"))
    private, public = keys.generate_rsa()
    await Key.create(actor=artist, uri=f"{uri}#main-key", public=public, private=private)
    return artist


async def _followers(server: Server, artist: Actor, inboxes: int, hosts: int, port: int) -> None:
    readers = []
    for number in range(inboxes):
        uri = f"http://{_host(number % hosts)}:{port}/users/{number}"
        readers.append(
            Actor(
                id=new_id(),
                uri=uri,
                username=f"reader{number}",
                domain=f"{_host(number % hosts)}:{port}",
                inbox=f"{uri}/inbox",
            )
        )
    follows = [
        Follow(
            id=new_id(),
            uri=f"{reader.uri}/follow",
            follower_id=reader.id,
            followed_id=artist.id,
            accepted=True,
        )
        for reader in readers
    ]
    async with server.database.transaction():
        await Actor.bulk_create(readers, batch_size=500)
        await Follow.bulk_create(follows, batch_size=500)
        identifier = new_id()
        work = await Work.create(
            id=identifier,
            uri=server.url(f"/objects/{identifier}"),
            actor=artist,
            content="<p>Ink on paper.</p>",
            published=datetime.now(UTC),
        )
        await _picture(work)
        await outbox.publish_create(server, work)


async def _picture(work: Work) -> None:
    picture = await Picture.create(work=work, actor_id=work.actor_id, alt="A heron")
    await Rendition.create(
        picture=picture,
        name="large",
        key=f"{picture.id:032x}.jpg",
        media_type="image/jpeg",
        width=2400,
        height=1600,
        bytes=1,
        sha256="00" * 32,
    )


async def _deliver(server: Server) -> tuple[float, float, list[float]]:
    """Seconds on the clock, of this process's work, and the memory on the way."""
    memory = [_memory()]
    worker = Worker(server, LeaseTable(server), kinds(server))
    started, before = time.perf_counter(), time.process_time()
    draining = asyncio.create_task(worker.drain())
    while not draining.done():
        await asyncio.wait([draining], timeout=0.25)
        memory.append(_memory())
    await draining
    return time.perf_counter() - started, time.process_time() - before, memory


def _memory() -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
