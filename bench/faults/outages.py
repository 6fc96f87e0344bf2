"""PostgreSQL that is killed and comes back, and a server that is asked to stop, both under load."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

import httpx

from bench.faults.checker import violations
from bench.faults.row import Finding, Run, kept
from bench.faults.scene import artist, crew, readers, serving, until_answered
from fedicara.models import Work
from tests.postgres import Cluster

KILLS = 3
AT_ONCE = 8


@dataclass
class Load:
    """People who read and post all the time."""

    statuses: list[tuple[float, int]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    cut: int = 0

    async def go(self, client: httpx.AsyncClient, name: int) -> None:
        """Post and read, again and again."""
        number = 0
        while True:
            number += 1
            text = f"Post {name}-{number}"
            try:
                answer = await client.post("/api/v1/statuses", json={"status": text})
                read = await client.get("/api/v1/timelines/public")
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
                continue
            except httpx.TransportError:
                self.cut += 1
                continue
            now = time.perf_counter()
            self.statuses += [(now, answer.status_code), (now, read.status_code)]
            if answer.status_code == 200:
                self.kept.add(answer.json()["id"])


async def killed_postgres(run: Run) -> list[Finding]:
    """REL-16: kill -9 of PostgreSQL three times while people post and read."""
    cluster = Cluster(synchronous_commit="on")
    await asyncio.to_thread(cluster.start)
    try:
        scene = run.scene(database_url=await cluster.fresh())
        async with scene.opened() as server:
            _, token = await artist(server)
        headers = {"Authorization": f"Bearer {token}"}
        load, back = Load(), list[float]()
        with crew(scene, *serving(scene)):
            until_answered(f"{scene.url}/robots.txt")
            async with httpx.AsyncClient(base_url=scene.url, headers=headers, timeout=60) as client:
                people = [asyncio.create_task(load.go(client, number)) for number in range(AT_ONCE)]
                for _ in range(KILLS):
                    await asyncio.sleep(3)
                    back.append(await _kill(cluster, load))
                await asyncio.sleep(3)
                for each in people:
                    each.cancel()
                await asyncio.gather(*people, return_exceptions=True)
        async with scene.opened() as server:
            there = {str(work.id) for work in await Work.all()}
            broken = await violations(server)
    finally:
        await asyncio.to_thread(cluster.stop)
    return [*_withstood(load, back, there), kept(broken)]


def _withstood(load: Load, back: list[float], there: set[str]) -> list[Finding]:
    others = {status for _, status in load.statuses if status not in (200, 503)}
    refused = sum(status == 503 for _, status in load.statuses)
    lost = load.kept - there
    return [
        Finding("requests, of them refused with 503", f"{len(load.statuses)}, {refused}"),
        Finding("other answers", str(sorted(others)), not others),
        Finding("slowest return after PostgreSQL was there, s (5)", f"{max(back):.1f}", max(back) < 5),
        Finding("posts acknowledged, of them lost", f"{len(load.kept)}, {len(lost)}", not lost),
    ]


async def _kill(cluster: Cluster, load: Load) -> float:
    """Kill it, start it again; seconds from its start until ten answers in a row were good."""
    await asyncio.to_thread(cluster.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(cluster.run)
    began, seen = time.perf_counter(), len(load.statuses)
    while time.perf_counter() - began < 30:
        await asyncio.sleep(0.05)
        fresh = [status for _, status in load.statuses[seen:]][-10:]
        if len(fresh) == 10 and set(fresh) == {200}:
            break
    return time.perf_counter() - began


async def stopped_under_load(run: Run) -> list[Finding]:
    """REL-20: SIGTERM while people post and read, and while deliveries to slow hosts are in flight."""
    scene = run.scene(tuple(f"swallow-{number}.example" for number in range(8)))
    with scene.others():
        async with scene.opened() as server:
            viewer, token = await artist(server)
            await readers(scene, viewer.actor, 40)
        load, headers = Load(), {"Authorization": f"Bearer {token}"}
        with crew(scene, *serving(scene)) as servers:
            until_answered(f"{scene.url}/robots.txt")
            async with httpx.AsyncClient(base_url=scene.url, headers=headers, timeout=60) as client:
                people = [asyncio.create_task(load.go(client, number)) for number in range(AT_ONCE)]
                await asyncio.sleep(4)
                took = await asyncio.to_thread(servers.stop)
                codes = [member.returncode for member in servers.members]
                for each in people:
                    each.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.gather(*people, return_exceptions=True)
        async with scene.opened() as server:
            held = len(await server.database.rows("SELECT id FROM jobs WHERE leased > 0"))
            there = {str(work.id) for work in await Work.all()}
            broken = await violations(server)
    faults = [status for _, status in load.statuses if status >= 500]
    return [
        Finding("answers, of them 5xx", f"{len(load.statuses)}, {len(faults)}", not faults),
        Finding("requests cut off", str(load.cut), load.cut == 0),
        Finding(
            "posts acknowledged, of them lost",
            f"{len(load.kept)}, {len(load.kept - there)}",
            load.kept <= there,
        ),
        Finding("ended after, s (30), with exit code", f"{took:.1f}, {codes}", took < 30 and codes == [0]),
        Finding("deliveries neither finished nor given back", str(held), held == 0),
        kept(broken),
    ]
