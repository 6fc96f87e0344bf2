"""Processes that die between one database call and the next, and servers that die while others speak to them."""

import asyncio
import contextlib
import subprocess
import sys
import time
from dataclasses import dataclass, field

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import cavage, keys
from activitypub.document import dumps
from activitypub.names import ACTIVITY_JSON, PUBLIC
from bench.faults.checker import violations
from bench.faults.row import Finding, Run, kept
from bench.faults.scene import Crew, Scene, artist, crew, give_keys, readers, serving, until_answered
from fedicara.actions import works
from fedicara.actions.authentication import Viewer
from fedicara.actions.kinds import kinds
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Actor, Like, Work
from fedicara.server import Server

FOLLOWERS = 3
PER_ARTIST = 20
AT_ONCE = 16

_UNEQUAL = {
    "posts and their Creates": f"""
        SELECT w.id FROM works w LEFT JOIN activities a ON a.id = w.id AND a.type = 'Create' LEFT JOIN jobs j
        ON json_extract(j.payload, '$.activity') = a.id WHERE w.id > $1
        GROUP BY w.id HAVING count(DISTINCT j.id) <> {FOLLOWERS}""",
    "edits and their Updates": f"""
        SELECT w.id FROM works w LEFT JOIN activities a ON a.work_id = w.id AND a.type = 'Update' LEFT JOIN jobs j
        ON json_extract(j.payload, '$.activity') = a.id WHERE w.id <= $1
        GROUP BY w.id HAVING count(DISTINCT j.id) <> CASE WHEN w.edited IS NULL THEN 0 ELSE {FOLLOWERS} END""",
    "deletions and their Deletes": f"""
        SELECT 1 WHERE $1 > 0 AND (SELECT count(*) FROM tombstones) * {FOLLOWERS} <> (
          SELECT count(*) FROM jobs j JOIN activities a ON a.id = json_extract(j.payload, '$.activity')
          WHERE a.type = 'Delete')""",
    "follows and their Follows": """
        SELECT f.id FROM follows f JOIN actors me ON me.id = f.follower_id AND me.domain = '' LEFT JOIN jobs j
        ON json_extract(j.payload, '$.activity') = f.id WHERE $1 > 0 GROUP BY f.id HAVING count(j.id) <> 1""",
    "Follows and their follows": """
        SELECT a.id FROM activities a WHERE $1 > 0 AND a.type = 'Follow'
        AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.id = a.id)""",
}


async def between_calls(run: Run) -> list[Finding]:
    """REL-02: a post, edit, follow or delete dies at a random database call, 1,000 times; then all is delivered."""
    scene = run.scene(("ok-0.example",))
    each = run.many(250)
    with scene.others():
        async with scene.opened() as server:
            viewer, _ = await artist(server)
            old = [
                await works.publish(server, viewer, works.Draft(caption="Before.")) for _ in range(2 * each)
            ]
            await readers(scene, viewer.actor, FOLLOWERS)
            strangers = await _strangers(scene, each)
            lines = [f"post {number}" for number in range(each)]
            lines += [f"edit {work.id}" for work in old[:each]] + [f"delete {work.id}" for work in old[each:]]
            lines += [f"follow {stranger.id}" for stranger in strangers]
            scene.chance.shuffle(lines)
            await asyncio.to_thread(_die, scene, lines)
            last = old[-1].id
            unequal = [what for what, sql in _UNEQUAL.items() if await server.database.rows(sql, last)]
            changes = await _changes(server, last)
            ordered = sum((await LeaseTable(server).counts()).values())
            await Worker(server, LeaseTable(server), kinds(server)).drain()
            taken, broken = scene.log()["taken"], await violations(server)
    return [
        Finding("processes that died or ended", str(len(lines))),
        Finding("changes that were committed", str(changes), 0 < changes < len(lines)),
        Finding(
            "changes without their deliveries, or the other way", ", ".join(unequal) or "none", not unequal
        ),
        Finding("delivered after the restart", f"{len(taken)} of {ordered}", len(taken) == ordered),
        kept(broken),
    ]


async def _strangers(scene: Scene, count: int) -> list[Actor]:
    host = f"ok-0.example:{scene.peer}"
    uris = [f"http://{host}/strangers/{number}" for number in range(count)]
    return [await Actor.create(uri=uri, username=uri[-5:], domain=host, inbox=f"{uri}/inbox") for uri in uris]


def _die(scene: Scene, lines: list[str]) -> None:
    command = [sys.executable, "-m", "bench.faults.crash_points", str(scene.chance.randrange(1 << 30))]
    subprocess.run(command, input="\n".join(lines), env=scene.environment(), text=True, check=True)


async def _changes(server: Server, last: int) -> int:
    row = await server.database.row(
        "SELECT (SELECT count(*) FROM works WHERE id > $1 OR edited IS NOT NULL) + (SELECT count(*) FROM tombstones)"
        " + (SELECT count(*) FROM activities WHERE type = 'Follow') AS n",
        last,
    )
    return int(row["n"]) if row else 0


@dataclass
class Speaker:
    """People elsewhere who like and boost works here; each activity is sent until it is answered."""

    url: str
    key: RSAPrivateKey
    answered: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)

    async def say(self, client: httpx.AsyncClient, actor: str, work: str, kind: str = "Like") -> None:
        """One activity."""
        activity = {
            "id": f"{actor}/{kind}/{work.rsplit('/', 1)[1]}",
            "type": kind,
            "actor": actor,
            "object": work,
            "to": PUBLIC,
        }
        body = dumps(activity)
        while True:
            signed = cavage.sign("POST", self.url, {}, body, f"{actor}#main-key", self.key)
            with contextlib.suppress(httpx.TransportError):
                answer = await client.post(
                    self.url, content=body, headers={**signed, "Content-Type": ACTIVITY_JSON}
                )
                if answer.is_success:
                    self.answered.add(activity["id"])
                    return
                self.refused.append(answer.status_code)
            await asyncio.sleep(0.1)


async def killed_server(run: Run) -> list[Finding]:
    """REL-03, REL-17: kill -9 of the server 100 times while it is sent 10,000 Likes."""
    scene = run.scene(("ok-0.example",))
    async with scene.opened() as server:
        viewer, _ = await artist(server)
        people = await readers(scene, None, run.many(500))
        private = await give_keys(people)
        liked = [await _plain(server, viewer) for _ in range(PER_ARTIST)]
    key = keys.load_private(private)
    assert isinstance(key, RSAPrivateKey)
    speaker = Speaker(f"{scene.url}/inbox", key)
    likes = [(person.uri, work.uri) for person in people for work in liked]
    scene.chance.shuffle(likes)
    with crew(scene, *serving(scene)) as servers:
        until_answered(f"{scene.url}/robots.txt")
        starts = await _speak(scene, servers, (speaker, likes), run.many(100))
        killed = time.perf_counter()
        async with scene.opened() as server:
            freed = await _until_quiet(server, killed)
            servers.stop()
            effects = {like.uri for like in await Like.all()}
            broken = await violations(server)
    faults = [status for status in speaker.refused if status >= 500 and status != 503]
    return [
        Finding("kills", str(len(starts))),
        Finding("answered with 2xx", f"{len(speaker.answered)} of {len(likes)}"),
        Finding(
            "answered, without effect", str(len(speaker.answered - effects)), speaker.answered <= effects
        ),
        Finding("effects of nothing answered", str(len(effects - speaker.answered))),
        Finding("other answers than 2xx and 503", str(len(faults)), not faults),
        Finding("slowest start, s (10)", f"{max(starts):.1f}", max(starts) < 10),
        Finding("all worked off after the last kill, s (60)", f"{freed:.0f}", freed <= 60),
        kept(broken),
    ]


async def _plain(server: Server, viewer: Viewer) -> Work:
    return await works.publish(server, viewer, works.Draft(caption="Ink on paper."))


async def _speak(
    scene: Scene, servers: Crew, what: tuple[Speaker, list[tuple[str, str]]], kills: int
) -> list[float]:
    """Say everything, kill evenly over it; how long each start took."""
    speaker, likes = what
    rest, starts = iter(likes), list[float]()

    async def speak(client: httpx.AsyncClient) -> None:
        for actor, work in rest:
            await speaker.say(client, actor, work)

    async with httpx.AsyncClient(timeout=30) as client:
        speaking = [asyncio.create_task(speak(client)) for _ in range(AT_ONCE)]
        while len(starts) < kills and not all(task.done() for task in speaking):
            if len(speaker.answered) / len(likes) * kills >= len(starts):
                await asyncio.sleep(scene.chance.random() * 0.3)
                servers.kill_one()
                starts.append(await asyncio.to_thread(until_answered, f"{scene.url}/robots.txt"))
            await asyncio.sleep(0.02)
        await asyncio.gather(*speaking)
    return starts


async def _until_quiet(server: Server, since: float) -> float:
    while sum((await LeaseTable(server).counts()).values()):
        await asyncio.sleep(0.2)
        if time.perf_counter() - since > 300:
            break
    return time.perf_counter() - since
