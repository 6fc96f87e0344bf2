"""Lists of domains that this place follows: taken over once a day, retracted with them, never against friends (F-306)."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from fedicara.actions import audit, domains
from fedicara.actions.blocklists import UnreadableError, read
from fedicara.actions.domains import Changes, enforce
from fedicara.actions.errors import Invalid, NotFound
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import DomainRule, Subscription
from fedicara.server import Server

REFRESH: Final = "refresh"
DAILY: Final = "daily"
_DAY: Final = timedelta(days=1)
_LONGEST: Final = 500


async def listed() -> Sequence[Subscription]:
    """Every subscription, the first one first."""
    return await Subscription.all().order_by("id")


async def subscribe(server: Server, who: str, where: str) -> Changes:
    """Take a list over, now and from now on once a day; one that cannot be read is not subscribed to."""
    source = _source(where)
    if await Subscription.filter(source=source).exists():
        raise Invalid("where", f"{source} is subscribed to already; see `fedicara domains refresh`.")
    entries = await read(server, source)
    changes = await domains.compare(server, source, entries)
    async with server.database.transaction():
        made = await Subscription.create(source=source, entries=len(entries), refreshed=server.now())
        await audit.note(who, "domains subscribe", source)
        await _order(server, made)
    await domains.apply(server, who, source, changes)
    return changes


def _source(where: str) -> str:
    """The name of a list: its address, or the whole path of its file, since a worker may run elsewhere."""
    source = where if "://" in where else str(Path(where).absolute())
    if len(source) > _LONGEST:
        raise Invalid("where", f"The address of a list has at most {_LONGEST} characters.")
    return source


async def unsubscribe(server: Server, who: str, where: str) -> int:
    """Follow a list no longer; its rules go, those set or confirmed by hand stay. How many went."""
    found = await _found(where)
    async with server.database.transaction():
        gone = await DomainRule.filter(source=found.source).delete()
        await found.delete()
        await audit.note(who, "domains unsubscribe", found.source, rules=gone)
    await enforce(server, who)
    return gone


async def _found(where: str) -> Subscription:
    found = await Subscription.get_or_none(source=_source(where))
    if found is None:
        raise NotFound
    return found


async def refresh(server: Server, who: str, where: str, *, even_halved: bool = False) -> Changes:
    """Take a list over as it is now; one that cannot be read, or suddenly lost more than half, changes nothing."""
    return await _take_over(server, who, await _found(where), even_halved=even_halved)


async def _take_over(server: Server, who: str, found: Subscription, *, even_halved: bool) -> Changes:
    try:
        entries = await read(server, found.source)
        changes = await domains.compare(server, found.source, entries)
        if changes.halved and not even_halved:
            raise UnreadableError(f"{found.source} lost more than half of its domains; nothing was changed.")
    except UnreadableError as error:
        await _note_failure(server, who, found, error.sentence)
        raise
    fresh = Subscription.filter(id=found.id)
    if await fresh.update(entries=len(entries), refreshed=server.now(), failure=""):
        await domains.apply(server, who, found.source, changes)
    return changes


async def _note_failure(server: Server, who: str, found: Subscription, sentence: str) -> None:
    async with server.database.transaction():
        await Subscription.filter(id=found.id).update(failure=sentence[:_LONGEST])
        await audit.note(who, "domains refresh failed", found.source, reason=sentence)


async def run(server: Server, claim: Claim) -> Outcome:
    """The job of every day; tomorrow's is ordered first, so that no failure ends the row of days."""
    found = await Subscription.get_or_none(id=claim.payload["subscription"])
    if found is None:
        return Done()
    async with server.database.transaction():
        await _order(server, found)
    with suppress(UnreadableError):  # It is written down where admins look.
        await _take_over(server, DAILY, found, even_halved=False)
    return Done()


async def _order(server: Server, found: Subscription) -> None:
    tomorrow = (server.now() + _DAY).date().isoformat()
    payload, key = {"subscription": found.id}, f"{REFRESH}:{found.id}:{tomorrow}"
    await LeaseTable(server).enqueue(Order(REFRESH, payload, key=key, delay=_DAY.total_seconds()))
