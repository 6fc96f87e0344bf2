"""What other servers run, asked at first contact and weekly, for whoever looks after the place (F-277)."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from activitypub import nodeinfo
from activitypub.document import Document, loads, same_origin
from activitypub.errors import MalformedDocument
from fedicara.federation.fetched import errands
from fedicara.federation.fetched.errands import Errand
from fedicara.federation.heard import statements
from fedicara.federation.network.http import NetworkError
from fedicara.federation.servers import standing
from fedicara.models import Peer
from fedicara.server import Server

NODEINFO: Final = "nodeinfo"
WEEK: Final = timedelta(days=7)
KEPT: Final = timedelta(days=30)
MOST: Final = 50_000
_ACCEPT: Final = {"Accept": "application/json"}


async def greet(server: Server, address: str) -> None:
    """Somebody of that server was read: ask what it runs, unless that was done this week; inside a transaction."""
    host = urlsplit(address).netloc[:255]
    if not await Peer.filter(host=host, asked__gt=server.now() - WEEK).exists():
        await errands.order(server, NODEINFO, f"{urlsplit(address).scheme}://{host}")


async def read(errand: Errand) -> None:
    """Keep what the server says of itself; one that says nothing is asked again in a week too."""
    server, base = errand.server, errand.details["address"]
    try:
        said = await _asked(server, base)
    except (NetworkError, MalformedDocument):
        said = {}
    software = nodeinfo.software_of(said)
    async with server.database.transaction():
        await Peer.filter(asked__lt=server.now() - KEPT, pictures=0, marked="").delete()
        if await Peer.all().count() < MOST:
            peer, _ = await Peer.update_or_create(
                host=urlsplit(base).netloc,
                defaults={"software": software.name, "version": software.version, "asked": server.now()},
            )
            await statements.of_server(server, peer, nodeinfo.ai_policy_of(said))
            await standing.judge(peer.host)


async def _asked(server: Server, base: str) -> Document:
    address = nodeinfo.link_of(await _document(server, f"{base}/.well-known/nodeinfo", base), base)
    return await _document(server, address, base) if address else {}


async def _document(server: Server, address: str, base: str) -> Document:
    """A JSON document that the host itself answers with, wherever a redirect would lead (SSRF-09)."""
    answer = await server.network.get(address, _ACCEPT)
    if answer.status != 200 or not same_origin(answer.url, base):
        raise MalformedDocument("No NodeInfo here.")
    return loads(answer.body)
