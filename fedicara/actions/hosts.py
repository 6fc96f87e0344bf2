"""Other servers as whoever looks after the place sees them: what they run, and how much there is of them here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tortoise.expressions import F
from tortoise.functions import Count

from fedicara.actions import audit
from fedicara.actions.errors import Invalid, NotFound
from fedicara.federation.servers import standing
from fedicara.federation.signed.keyring import DAY
from fedicara.models import Actor, Peer
from fedicara.server import Server
from policies.peers import Standing, gets_large

PAGE: Final = 50


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
    gets_large: bool
    marked: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Which servers to list: of one class, whose names begin so, behind this name; empty for all."""

    standing: str = ""
    find: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the list, and behind which name the next begins; empty at the end."""

    hosts: Sequence[KnownHost]
    after: str


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


async def part(server: Server, wish: Wish) -> Part:
    """Fifty of the servers that were met, by name. Plan: primary keys, then actors of those domains."""
    asked = {"standing": wish.standing} if wish.standing in list(Standing) else {}
    found = Peer.filter(host__gt=wish.after, host__startswith=wish.find.lower(), **asked)
    found = found.exclude(host=server.settings.domain)
    peers = await found.order_by("host").limit(PAGE + 1)
    known = Actor.filter(domain__in=[peer.host for peer in peers])
    counts = dict(await known.annotate(n=Count("id")).group_by("domain").values_list("domain", "n"))
    shown = [_known(server, peer, counts.get(peer.host, 0), 0) for peer in peers[:PAGE]]
    return Part(shown, shown[-1].host if len(peers) > PAGE else "")


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
    """`previews`: how often it got a preview instead of a large picture; `gets_large` by the place's default."""
    signs = standing.is_signing(server, peer.signed)
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
        signs,
        peer.previews,
        gets_large(server.policy().peer_media, peer.standing, signs=signs),
        peer.marked,
    )
