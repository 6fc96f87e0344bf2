"""Whether other servers sign and what they state of training, which decides the pictures they get (P-310)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from tortoise.expressions import F

from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Actor, Peer, Work
from fedicara.reads.views import as_json, as_time
from fedicara.server import Server
from policies.peers import Standing, gets_large, standing
from policies.policy import Policy, Use
from policies.statements import Statement, from_fields

STANDINGS: Final = "standings"
_DAY: Final = timedelta(days=1)
SIGNS_FOR: Final = timedelta(days=30)
MOST: Final = 50_000
LARGE: Final = "large"
PREVIEW: Final = "preview"
_SIGNED: Final = "signed"
_FOLLOWING: Final = """
SELECT DISTINCT a.domain, o.standing, o.signed FROM follows f JOIN actors a ON a.id = f.follower_id
LEFT JOIN peers o ON o.host = a.domain WHERE f.followed_id = $1 AND f.accepted = TRUE AND a.domain <> ''"""


async def signed(server: Server, host: str) -> None:
    """A signature of the host proved right; once a day that is written down, and its standing found anew."""
    today = str(server.now().toordinal()).encode()
    if server.cache.get((_SIGNED, host)) == today:
        return
    server.cache.keep((_SIGNED, host), today)
    async with server.database.transaction():
        if await Peer.all().count() < MOST:
            await Peer.bulk_create([Peer(host=host)], ignore_conflicts=True)
        await Peer.filter(host=host).update(signed=server.now())
        await judge(host)


async def judge(host: str) -> None:
    """Find the standing of a host from what it states, or from what an admin marked; inside a transaction."""
    peer = await Peer.get_or_none(host=host)
    if peer is None:
        return
    found, evidence = (Standing(peer.marked), "marked by an admin") if peer.marked else await _found(peer)
    if (found, evidence) != (peer.standing, peer.evidence):
        peer.standing, peer.evidence = found, evidence
        await peer.save(update_fields=["standing", "evidence"])


async def _found(peer: Peer) -> tuple[Standing, str]:
    place = from_fields(peer.stated)
    people = [from_fields(stored) for stored in await _people(peer)]
    stated = {
        "its NodeInfo allows training": place.ai_train is Use.ALLOW,
        f"{_count(people, Use.ALLOW)} of its people allow training": _count(people, Use.ALLOW) > 0,
        "its NodeInfo denies training": place.ai_train is Use.DENY,
        f"{_count(people, Use.DENY)} of its people deny training": _count(people, Use.DENY) > 0,
    }
    return standing([place, *people]), ", ".join(words for words, holds in stated.items() if holds)


def _count(statements: list[Statement], use: Use) -> int:
    return sum(each.ai_train is use for each in statements)


async def _people(peer: Peer) -> list[dict[str, Any]]:
    """What those known here state; most servers say nothing of it, so few rows hold anything."""
    actors = await Actor.filter(domain=peer.host).exclude(policy={}).only("id", "policy")
    return [actor.policy["stated"] for actor in actors if "stated" in actor.policy]


async def order_daily(server: Server, after: timedelta = timedelta()) -> None:
    """Put in the judging of a day, once; inside the caller's transaction."""
    day = (server.now() + after).date().isoformat()
    order = Order(STANDINGS, {}, key=f"{STANDINGS}:{day}", delay=after.total_seconds())
    await LeaseTable(server).enqueue(order)


async def run_daily(server: Server, _claim: Claim) -> Outcome:
    """The job of every day: whoever is not neutral, or has people who state something, is judged anew (P-310)."""
    async with server.database.transaction():
        await order_daily(server, _DAY)
    judged = await Peer.exclude(standing=Standing.NEUTRAL).values_list("host", flat=True)
    stating = await Actor.exclude(domain="").exclude(policy={}).distinct().values_list("domain", flat=True)
    for host in sorted({*judged, *stating}):
        async with server.database.transaction():
            await judge(str(host))
    return Done()


def size_for(server: Server, said: Mapping[str, Any]) -> str:
    """The size of the pictures for a host, from a row with its standing and the policies of work and author (P-311)."""
    peer = Standing(said["standing"] or Standing.NEUTRAL)
    signs = is_signing(server, as_time(said["signed"]))
    if said["policy"] is None or (signs and peer is Standing.ALIGNED):
        return LARGE
    policy = server.policy(as_json(said["actor_policy"]), as_json(said["policy"]))
    return LARGE if gets_large(policy.peer_media, peer, signs=signs) else PREVIEW


def is_signing(server: Server, when: datetime | None) -> bool:
    """Whether a host signed within 30 days."""
    return when is not None and when > server.now() - SIGNS_FOR


async def size_of(server: Server, work: Work, reader: Actor | None) -> str:
    """The size of a work's pictures for who reads it, by the host that signed, else as for one that never did."""
    peer = await Peer.get_or_none(host=urlsplit(reader.uri).netloc[:255]) if reader is not None else None
    author = await _author(work)
    row = {"standing": peer.standing if peer else "", "signed": server.now() if reader is not None else None}
    return size_for(server, {**row, "policy": work.policy, "actor_policy": author.policy})


async def policy_of(server: Server, work: Work) -> Policy:
    """The policy in force for a local work, as wide as it is."""
    return server.policy((await _author(work)).policy, work.policy)


async def _author(work: Work) -> Actor:
    return await Actor.get(id=work.actor_id).only("id", "policy")


async def previews(server: Server, artist: Actor) -> int:
    """How many servers of an artist's followers get previews (P-313). Plan: follows_followed, then primary keys."""
    asked = server.policy(artist.policy).peer_media
    return sum(
        not gets_large(
            asked,
            Standing(row["standing"] or Standing.NEUTRAL),
            signs=is_signing(server, as_time(row["signed"])),
        )
        for row in await server.database.rows(_FOLLOWING, artist.id)
    )


async def withheld(server: Server, host: str) -> None:
    """A host got a preview instead of a large picture: whoever looks after the place sees how often (P-313).

    Kept in the process and written down once a minute for all hosts together, since deliveries come by the hundred;
    a crash loses that minute, so the number means "at least".
    """
    server.previews.count(host)
    if not server.previews.is_due(server.now()):
        return
    counted = server.previews.take(server.now())
    async with server.database.transaction():
        for each, number in counted.items():
            await Peer.bulk_create([Peer(host=each)], ignore_conflicts=True)
            await Peer.filter(host=each).update(previews=F("previews") + number)
