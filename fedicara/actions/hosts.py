"""Other servers as whoever looks after the place sees them: what they run, and how much there is of them here."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tortoise.expressions import F
from tortoise.functions import Count

from fedicara.actions import audit
from fedicara.actions.errors import Invalid, NotFound
from fedicara.federation.servers import standing
from fedicara.federation.signed.keyring import DAY
from fedicara.models import Actor, Peer
from fedicara.server import Server
from policies.peers import Standing


@dataclass(frozen=True, slots=True)
class KnownHost:
    """One server: its software as it says itself, people of it known here, and how many changed keys within a day."""

    host: str
    software: str
    version: str
    people: int
    rekeyed: int
    pictures: int
    picture_bytes: int
    standing: str
    evidence: str
    signs: bool
    previews: int


async def listed(server: Server) -> Sequence[KnownHost]:
    """Every server that somebody known here is of, by name."""
    everybody = Actor.exclude(domain="")
    people = await everybody.annotate(n=Count("id")).group_by("domain").values_list("domain", "n")
    changed = everybody.filter(rekeyed__gt=server.now() - DAY)
    rekeyed = dict(await changed.annotate(n=Count("id")).group_by("domain").values_list("domain", "n"))
    peers = {peer.host: peer for peer in await Peer.all()}
    counts = {**dict.fromkeys(peers, 0), **dict(people)}
    return [
        _known(server, peers.get(host) or Peer(host=host), counts[host], rekeyed.get(host, 0))
        for host in sorted(counts)
    ]


async def count_picture(address: str, size: int) -> None:
    """A picture was fetched for somebody here (F-357); inside the caller's transaction."""
    host = urlsplit(address).netloc[:255]
    await Peer.bulk_create([Peer(host=host)], ignore_conflicts=True)
    await Peer.filter(host=host).update(pictures=F("pictures") + 1, picture_bytes=F("picture_bytes") + size)


async def judge(server: Server, host: str) -> None:
    """Find the standing of a host anew."""
    async with server.database.transaction():
        await standing.judge(host)


async def mark(server: Server, who: str, host: str, mark: str) -> None:
    """Let a host stand as an admin says, or with an empty mark as it states itself (P-310)."""
    if mark and mark not in list(Standing):
        raise Invalid("mark", f"{mark[:60]} is not one of {', '.join(Standing)}.")
    async with server.database.transaction():
        if not await Peer.filter(host=host).update(marked=mark):
            raise NotFound
        await audit.note(who, "hosts mark", host, standing=mark)
        await standing.judge(host)


def _known(server: Server, peer: Peer, people: int, rekeyed: int) -> KnownHost:
    """`previews`: how often it got a preview instead of a large picture."""
    return KnownHost(
        peer.host,
        peer.software,
        peer.version,
        people,
        rekeyed,
        peer.pictures,
        peer.picture_bytes,
        peer.standing.value,
        peer.evidence,
        standing.is_signing(server, peer.signed),
        peer.previews,
    )
