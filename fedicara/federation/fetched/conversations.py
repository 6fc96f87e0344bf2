"""Threads filled in: what a post replies to, and replies that nobody sent here (F-204, F-356, DOS-07)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from tortoise.expressions import Q

from activitypub.document import Document, id_of
from fedicara.federation.errors import Gone, RemoteError
from fedicara.federation.fetched import collections, errands, retrieve
from fedicara.federation.fetched.errands import Errand
from fedicara.federation.fetched.objects import fetch_object, is_own
from fedicara.models import Actor, Tombstone, Work
from fedicara.models.ids import new_id, time_of
from fedicara.reads.threads import unknown_above
from fedicara.server import Server

ABOVE: Final = "above"
BELOW: Final = "below"
REPLIES: Final = "replies"
HEIGHT: Final = 20
# Twenty in all with what it takes to read the sender, and to ask two servers what they run (DOS-07).
HEIGHT_FOR_STRANGERS: Final = 15
REPLIES_OF_HOST: Final = 5
REPLIES_OF_THREAD: Final = 50
PAUSE: Final = timedelta(minutes=15)
_JUST_MET: Final = timedelta(minutes=5)


async def fill(server: Server, author: Actor, work: Work) -> None:
    """A post came: read what stands above it, which may lead to one more actor unless its author is that one (F-354)."""
    met = time_of(author.id) > server.now() - _JUST_MET
    await _climb(server, work.id, HEIGHT_FOR_STRANGERS, newcomers=0 if met else 1)


async def look(server: Server, work_id: int) -> None:
    """A person opens a thread: read on above it, and its replies once in a quarter of an hour."""
    waiting = Work.filter(Q(thread_read__isnull=True) | Q(thread_read__lt=server.now() - PAUSE), id=work_id)
    work = await waiting.first()
    if work is None:
        return
    async with server.database.transaction():
        if await waiting.update(thread_read=server.now()) and not is_own(server, work.uri):
            await errands.order(server, BELOW, work.uri, work=work.id)
    await _climb(server, work_id, HEIGHT, newcomers=HEIGHT)


async def _climb(server: Server, work_id: int, requests: int, newcomers: int) -> None:
    """Send for the first post above that is not known, in the lane of its host."""
    address = await unknown_above(server, work_id)
    if address is None or is_own(server, address) or await Tombstone.filter(uri=address).exists():
        return
    async with server.database.transaction():
        await errands.order(server, ABOVE, address, requests=requests, newcomers=newcomers)


async def above(errand: Errand) -> None:
    """One step up; the next is an errand of its own to the next host, with what is left (DOS-07)."""
    newcomers, before = errand.details["newcomers"], new_id()
    work = await retrieve.post(errand.server, errand.details["address"], meets=newcomers > 0)
    left = errand.details["requests"] - errand.bounds.spent
    if work is not None and left > 0:
        await _climb(errand.server, work.id, left, newcomers - (work.actor_id > before))


async def below(errand: Errand) -> None:
    """What the post's own server says replies to it, spread over the lanes of the hosts that have the replies."""
    work = await Work.get_or_none(id=errand.details["work"])
    if work is None:
        return
    document = await _anew(errand.server, work)
    stated = await collections.items_of(errand.server, work.uri, document.get("replies"))
    async with errand.server.database.transaction():
        for host, addresses in (await _by_host(errand.server, stated)).items():
            address = f"{urlsplit(addresses[0]).scheme}://{host}/"
            await errands.order(errand.server, REPLIES, address, replies=addresses, about=work.uri)


async def _anew(server: Server, work: Work) -> Document:
    """The post as its server states it now; one that is gone goes here too (F-352)."""
    try:
        return await fetch_object(server, work.uri)
    except Gone:
        async with server.database.transaction():
            await Tombstone.get_or_create(uri=work.uri)
            await work.delete()
        raise


async def _by_host(server: Server, stated: Iterable[Any]) -> dict[str, list[str]]:
    """Replies not known here, so many of each host and so many in all."""
    found: dict[str, list[str]] = defaultdict(list)
    addresses = [address for item in stated if (address := id_of(item)) and not is_own(server, address)]
    known = {work.uri for work in await Work.filter(uri__in=addresses).only("uri")}
    for address in addresses:
        host = found[urlsplit(address).netloc]
        if address not in known and len(host) < REPLIES_OF_HOST:
            host.append(address)
        if sum(map(len, found.values())) == REPLIES_OF_THREAD:
            break
    return {host: some for host, some in found.items() if some}


async def replies(errand: Errand) -> None:
    """Replies of one host; one that cannot be read keeps no other away."""
    for address in errand.details["replies"]:
        try:
            await retrieve.reply(errand.server, address)
        except RemoteError:
            continue
