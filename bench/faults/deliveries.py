"""Deliveries while workers die, while a host fails half the time, beside hosts that swallow connections."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

from bench.faults.checker import violations
from bench.faults.row import Finding, Run, kept
from bench.faults.scene import Crew, Scene, artist, crew, readers
from fedicara.actions import works
from fedicara.actions.kinds import kinds
from fedicara.federation.said import outbox
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Activity
from fedicara.server import Server

IN_FLIGHT = 4
CREW = 4
PLACES = 16


async def killed_workers(run: Run) -> list[Finding]:
    """REL-01: 10,000 deliveries to 50 hosts, kill -9 of a random one of four workers, 100 times."""
    hosts = tuple(f"ok-{number}.example" for number in range(50))
    scene = run.scene(hosts, options={"delivery_workers": IN_FLIGHT})
    deliveries, kills = run.many(10_000), run.many(100)
    with scene.others():
        async with scene.opened() as server:
            viewer, _ = await artist(server)
            await readers(scene, viewer.actor, deliveries)
            await works.publish(server, viewer, works.Draft(caption="Ink on paper."))
            began = time.perf_counter()
            with crew(scene, "fedicara", "work", size=CREW) as workers:
                done = await _kill_until_drained(scene, server, workers, kills)
                took = time.perf_counter() - began
                workers.stop()
            log, broken = scene.log(), await violations(server)
    inboxes = Counter(inbox for inbox, _ in {(inbox, activity) for inbox, activity, _ in log["taken"]})
    lost, twice = deliveries - len(inboxes), sum(count - 1 for count in inboxes.values())
    again = len(log["taken"]) - len(inboxes)
    return [
        Finding("kills", f"{done} of {kills}", done >= kills),
        Finding("deliveries lost", str(lost), lost == 0),
        Finding("effects twice, by activity id", str(twice), twice == 0),
        Finding(f"wire duplicates, at most {done * IN_FLIGHT}", str(again), again <= done * IN_FLIGHT),
        Finding("drained in, s (600)", f"{took:.0f}", took <= 600),
        kept(broken),
    ]


async def _kill_until_drained(scene: Scene, server: Server, workers: Crew, kills: int) -> int:
    """Kill at random moments, evenly over what is to be done; how many kills there were."""
    whole, done = await _waiting(server), 0
    until = time.monotonic() + 600
    while time.monotonic() < until and (left := await _waiting(server)):
        behind = (whole - left) / whole * kills > done
        if done < kills and behind:
            await asyncio.sleep(scene.chance.random() * 0.2)
            workers.kill_one()
            done += 1
        await asyncio.sleep(0.05)
    return done


async def _waiting(server: Server) -> int:
    return (await LeaseTable(server).counts()).get("deliver", 0)


class Compressed:
    """A clock that jumps to the next thing to do."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Now, as the server takes it."""
        return datetime.now(UTC) + self.ahead

    async def jump(self, server: Server) -> bool:
        """To the moment at which the next job is due; False where there is none."""
        row = await server.database.row("SELECT min(due) AS due FROM jobs WHERE buried = FALSE")
        if row is None or row["due"] is None:
            return False
        due = datetime.fromtimestamp(row["due"] / 1000, UTC)
        self.ahead += max(due - self(), timedelta())
        return True


async def half_the_time(run: Run) -> list[Finding]:
    """REL-04: 3,000 deliveries to hosts that answer half of all requests with 503."""
    scene = run.scene(tuple(f"half-{number}.example" for number in range(30)))
    deliveries, clock = run.many(3_000), Compressed()
    with scene.others():
        async with scene.opened() as opened:
            server = replace(opened, now=clock)
            viewer, _ = await artist(server)
            await readers(scene, viewer.actor, deliveries)
            await works.publish(server, viewer, works.Draft(caption="Ink on paper."))
            while await clock.jump(server):
                await Worker(server, LeaseTable(server), kinds(server)).drain()
            log, broken = scene.log(), await violations(server)
    inboxes = {inbox for inbox, _, _ in log["taken"]}
    most = max(log["attempts"].values())
    return [
        Finding("delivered", f"{len(inboxes)} of {deliveries}", len(inboxes) == deliveries),
        Finding("attempts at most (20)", str(most), most <= 20),
        kept(broken),
    ]


async def swallowed(run: Run) -> list[Finding]:
    """REL-06: 200 hosts that swallow connections hold 9,000 jobs; a healthy host gets 1,000 meanwhile."""
    dark = tuple(f"swallow-{number}.example" for number in range(run.many(200)))
    scene = run.scene((*dark, "ok-0.example"))
    with scene.others():
        async with scene.opened() as server:
            viewer, _ = await artist(server)
            people = await readers(replace(scene, hosts=dark), None, run.many(9_000))
            activity = await _stated(server, viewer.actor.id, "dark")
            async with server.database.transaction():
                await outbox.send(server, activity, [each.inbox for each in people])
            with crew(scene, "fedicara", "work") as workers:
                sent = await _healthy(scene, server, viewer.actor.id, run.many(1_000))
                await asyncio.sleep(10)
                workers.stop()
            log = scene.log()
    taken = {activity: when for _, activity, when in log["taken"]}
    waits = [taken.get(uri, float("inf")) - at for uri, at in sent.items()]
    p95 = quantiles(waits, n=20)[-1]
    most = max(log["most"].values())
    asked = len({key.partition("/")[0] for key in log["attempts"] if key.startswith("swallow")})
    return [
        Finding("healthy host, p95 s (2)", f"{p95:.2f}", p95 < 2),
        Finding("healthy host, median s", f"{quantiles(waits, n=2)[0]:.3f}"),
        Finding("at once per host (2)", str(most), most <= 2),
        Finding(f"hosts asked of {len(dark)} dark ones", str(asked), asked == len(dark)),
    ]


async def _healthy(scene: Scene, server: Server, actor_id: int, count: int) -> dict[str, float]:
    """One delivery to the healthy host every 30 ms; when each was ordered."""
    inbox, sent = f"http://ok-0.example:{scene.peer}/inbox", {}
    while not scene.log()["attempts"]:
        await asyncio.sleep(0.2)
    # After a start every dark host takes a place for a second, twice, until it is known; that is waited for here.
    await asyncio.sleep(10 + 2 * (len(scene.hosts) - 1) / PLACES)
    for number in range(count):
        async with server.database.transaction():
            activity = await _stated(server, actor_id, f"healthy-{number}")
            await outbox.send(server, activity, [inbox])
        sent[_uri(server, f"healthy-{number}")] = time.time()
        await asyncio.sleep(0.03)
    return sent


def _uri(server: Server, name: str) -> str:
    return server.url(f"/activities/{name}")


async def _stated(server: Server, actor_id: int, name: str) -> Activity:
    document: dict[str, Any] = {"id": _uri(server, name), "type": "Flag", "actor": server.url("/actor")}
    return await outbox.keep(server, (await _next(server)), actor_id, document)


async def _next(server: Server) -> int:
    row = await server.database.execute("SELECT coalesce(max(id), 1) + 1 AS id FROM activities")
    return int(row[0]["id"])
