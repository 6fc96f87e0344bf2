"""Other servers as whoever looks after the place sees them: what they run, and how much there is of them here."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tortoise.expressions import F
from tortoise.functions import Count

from fedicara.federation.keyring import DAY
from fedicara.models import Actor, Peer
from fedicara.server import Server


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


async def listed(server: Server) -> Sequence[KnownHost]:
    """Every server that somebody known here is of, by name."""
    everybody = Actor.exclude(domain="")
    people = await everybody.annotate(n=Count("id")).group_by("domain").values_list("domain", "n")
    changed = everybody.filter(rekeyed__gt=server.now() - DAY)
    rekeyed = dict(await changed.annotate(n=Count("id")).group_by("domain").values_list("domain", "n"))
    peers = {peer.host: peer for peer in await Peer.all()}
    counts = {**dict.fromkeys(peers, 0), **dict(people)}
    return [
        _known(peers.get(host) or Peer(host=host), counts[host], rekeyed.get(host, 0))
        for host in sorted(counts)
    ]


async def count_picture(address: str, size: int) -> None:
    """A picture was fetched for somebody here (F-357); inside the caller's transaction."""
    host = urlsplit(address).netloc[:255]
    await Peer.bulk_create([Peer(host=host)], ignore_conflicts=True)
    await Peer.filter(host=host).update(pictures=F("pictures") + 1, picture_bytes=F("picture_bytes") + size)


def _known(peer: Peer, people: int, rekeyed: int) -> KnownHost:
    return KnownHost(
        peer.host, peer.software, peer.version, people, rekeyed, peer.pictures, peer.picture_bytes
    )
