"""What somebody passed on without a proof: only its origin is believed (SIG-23, F-321)."""

import hashlib
from typing import Final

from fedicara.federation.errors import Gone, Missing, RemoteError, Unreachable
from fedicara.federation.fetched import actors
from fedicara.federation.fetched.objects import fetch_object
from fedicara.federation.handlers.registry import DONE, KNOWN, Result, dropped
from fedicara.federation.heard import drops, posts
from fedicara.federation.heard.receive import tell
from fedicara.federation.network.bounds import for_strangers
from fedicara.federation.servers.rules import host_of
from fedicara.federation.signed.verify import Hint
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome, Retry
from fedicara.models import Tombstone, Work
from fedicara.reads import senders
from fedicara.reads.access import at
from fedicara.server import Server

HINT: Final = "hint"
_TRIES: Final = 5
_WIDE: Final = frozenset({"public", "unlisted"})


async def follow_up(server: Server, hint: Hint) -> None:
    """Order that the origin is asked, once for however many pass the same on.

    Of a stranger who answers something unknown nobody here wants to hear, and nobody is asked in their name.
    """
    is_near = await senders.is_known(server, hint.author) or await at(server, hint.answered) is not None
    if not is_near:
        return drops.note(server, "no_reader", activity=hint.uri)
    about = hashlib.sha256(hint.uri.encode()).hexdigest()
    key = f"{HINT}:{'gone' if hint.is_gone else 'new'}:{about}"
    payload = {"uri": hint.uri, "gone": hint.is_gone}
    await LeaseTable(server).enqueue(Order(HINT, payload, lane=host_of(hint.uri), key=key))


async def run(server: Server, claim: Claim) -> Outcome:
    """The job: ask the origin what there is, and do as it says."""
    uri: str = claim.payload["uri"]
    try:
        result = await (_confirm_gone if claim.payload["gone"] else _read)(for_strangers(server), uri)
    except Unreachable as error:
        if claim.attempts + 1 < _TRIES:
            return Retry(error.reason)
        result = dropped("unreachable")
    except RemoteError as error:
        result = dropped(error.reason)
    tell(server, result, activity=uri)
    return Done()


async def _read(server: Server, uri: str) -> Result:
    """Keep a reply as its origin serves it to this server, if somebody here has reason to read it (F-108)."""
    if await posts.is_seen(server, uri):
        return KNOWN
    note = posts.parsed(await fetch_object(server, uri))
    if note is None or note.id != uri:
        return dropped("type")
    author = await actors.fetch(server, note.attributed_to)
    seen_as = posts.visibility(author, note)
    if author.suspended is not None or not posts.speaks_for(author, note) or seen_as not in _WIDE:
        return dropped("attribution")
    audience = [*note.to, *note.cc]
    if not await posts.has_reader(server, author, note, audience):
        return dropped("no_reader")
    await posts.keep(server, author, note, seen_as, audience)
    return DONE


async def _confirm_gone(server: Server, uri: str) -> Result:
    """Take a post away only if its origin says that it is gone."""
    try:
        await fetch_object(server, uri)
    except (Gone, Missing):
        async with server.database.transaction():
            await Tombstone.get_or_create(uri=uri)
            await Work.filter(uri=uri).delete()
        return DONE
    return dropped("still there")
