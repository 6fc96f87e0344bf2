"""A post that everybody boosts, and a server that is spoken to for a while without growing."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import keys
from bench.faults.checker import violations
from bench.faults.crashes import Speaker
from bench.faults.row import Finding, Run, kept
from bench.faults.scene import Crew, Scene, artist, crew, follow, give_keys, readers, serving, until_answered
from fedicara.actions import works
from fedicara.jobs.lease import LeaseTable
from fedicara.models import Actor, Boost, Like
from fedicara.server import Server

AT_ONCE = 16
SECONDS = 300
A_SECOND = 20
MOST = {"memory, MiB": 16.0, "handles": 20.0, "jobs waiting": 50.0}
Said = tuple[str, str, str]


@dataclass
class Watch:
    """What a process takes, and how fast it answers meanwhile."""

    process: int
    url: str
    answers: list[float] = field(default_factory=list)
    faults: int = 0

    async def look(self, every: float = 0.1) -> None:
        """Read the public timeline again and again."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            while True:
                began = time.perf_counter()
                answer = await client.get("/api/v1/timelines/public")
                self.answers.append(time.perf_counter() - began)
                self.faults += answer.status_code != 200
                await asyncio.sleep(every)

    def memory(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.process}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def handles(self) -> int:
        """Open files and connections."""
        return len(list(Path(f"/proc/{self.process}/fd").iterdir()))


async def viral(run: Run) -> list[Finding]:
    """REL-10: a post to 20,000 followers is boosted by 50,000 people on 5,000 hosts and liked by 20,000."""
    hosts = tuple(f"ok-{number}.example" for number in range(run.many(5_000)))
    scene = run.scene(hosts, options={"inbox_rate": 0})
    followers = run.many(20_000)
    with scene.others():
        async with scene.opened() as server:
            viewer, _ = await artist(server)
            people = await readers(scene, None, run.many(50_000))
            await follow(viewer.actor, people[:followers])
            speaker = await _speaker(scene, people)
            with crew(scene, *serving(scene)) as servers:
                until_answered(f"{scene.url}/robots.txt")
                watch = Watch(servers.members[0].pid, scene.url)
                before = watch.memory()
                began = time.perf_counter()
                work = await works.publish(server, viewer, works.Draft(caption="Ink on paper."))
                enqueued = time.perf_counter() - began
                said = [(person.uri, work.uri, "Announce") for person in people]
                said += [(person.uri, work.uri, "Like") for person in people[:followers]]
                scene.chance.shuffle(said)
                looking = asyncio.create_task(watch.look())
                await _say_all(speaker, said)
                drained = await _drained(server, {"receive", "deliver"}, within=1_200)
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
                took, grown = time.perf_counter() - began, watch.memory() - before
            counts = (await Boost.all().count(), await Like.all().count())
            inboxes = {inbox for inbox, _, _ in scene.log()["taken"]}
            broken = await violations(server)
    p95 = quantiles(watch.answers, n=20)[-1]
    return [
        Finding(f"{followers:,} deliveries ordered in, s (5)", f"{enqueued:.1f}", enqueued < 5),
        Finding("a timeline meanwhile, p95 ms (300)", f"{p95 * 1000:.0f}", p95 < 0.3 and not watch.faults),
        Finding("memory grown by, MiB (200)", f"{grown:.0f}", grown < 200),
        Finding("boosts and likes counted", f"{counts}", counts == (len(people), followers)),
        Finding("deliveries arrived", f"{len(inboxes)} of {followers}", len(inboxes) == followers),
        Finding("queue drained, s after the post", f"{took:.0f}", drained),
        kept(broken),
    ]


async def soak(run: Run) -> list[Finding]:
    """REL-23: 200 people on hosts that fail say 20 things a second, the server is killed once; five minutes in all."""
    hosts = ("ok-0.example", "half-0.example", "error-0.example", "reset-0.example")
    scene = run.scene(hosts, options={"inbox_rate": 0})
    seconds = SECONDS * run.scale
    with scene.others():
        async with scene.opened() as server:
            viewer, _ = await artist(server)
            people = await readers(scene, None, 200)
            await follow(viewer.actor, people)
            speaker = await _speaker(scene, people)
            posts = [
                await works.publish(server, viewer, works.Draft(caption="Ink."))
                for _ in range(round(seconds * A_SECOND / len(people)) + 1)
            ]
            said = [(person.uri, post.uri, "Like") for post in posts for person in people]
            with crew(scene, *serving(scene)) as servers:
                until_answered(f"{scene.url}/robots.txt")
                await _talk(speaker, said[: len(said) // 10], seconds / 10)
                servers.kill_one()
                until_answered(f"{scene.url}/robots.txt")
                grown = await _grown(server, servers, speaker, (said[len(said) // 10 :], seconds))
                drained = await _drained(server, {"receive"}, within=120)
            likes = {like.uri for like in await Like.all()}
            broken = await violations(server)
    return [
        Finding(
            "activities answered, without effect",
            f"{len(speaker.answered)}, {len(speaker.answered - likes)}",
            speaker.answered <= likes and drained,
        ),
        *(
            Finding(f"{what} grown by ({MOST[what]:.0f})", f"{by:.1f}", by <= MOST[what])
            for what, by in grown.items()
        ),
        kept(broken),
    ]


async def _grown(
    server: Server, servers: Crew, speaker: Speaker, what: tuple[list[Said], float]
) -> dict[str, float]:
    """Go on; how much more is taken at the end than after a third."""
    said, seconds = what
    watch = Watch(servers.members[0].pid, speaker.url)

    async def now() -> tuple[float, ...]:
        waiting = (await LeaseTable(server).counts()).get("receive", 0)
        return watch.memory(), float(watch.handles()), float(waiting)

    await _talk(speaker, said[: len(said) // 3], seconds * 0.3)
    before = await now()
    await _talk(speaker, said[len(said) // 3 :], seconds * 0.6)
    await asyncio.sleep(5)
    return {name: after - first for name, after, first in zip(MOST, await now(), before, strict=True)}


async def _speaker(scene: Scene, people: list[Actor]) -> Speaker:
    key = keys.load_private(await give_keys(people))
    assert isinstance(key, RSAPrivateKey)
    return Speaker(f"{scene.url}/inbox", key)


async def _say_all(speaker: Speaker, said: Iterable[Said]) -> None:
    """As fast as it is taken."""
    rest = iter(said)

    async def speak(client: httpx.AsyncClient) -> None:
        for actor, work, kind in rest:
            await speaker.say(client, actor, work, kind)

    async with httpx.AsyncClient(timeout=60) as client:
        await asyncio.gather(*(speak(client) for _ in range(AT_ONCE)))


async def _talk(speaker: Speaker, said: list[Said], seconds: float) -> None:
    """Evenly over the time."""
    began = time.perf_counter()
    for start in range(0, len(said), A_SECOND):
        await asyncio.sleep(began + start / len(said) * seconds - time.perf_counter())
        await _say_all(speaker, said[start : start + A_SECOND])


async def _drained(server: Server, kinds: set[str], within: float) -> bool:
    """Wait until no jobs of these kinds are left."""
    until = time.monotonic() + within
    while kinds & (await LeaseTable(server).counts()).keys():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.5)
    return True
