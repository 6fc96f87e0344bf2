"""Rules about other servers: set, taken away, imported from lists; each change is carried out and logged (F-306)."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

from anyio.to_thread import run_sync
from tortoise.expressions import Q

from fedicara.actions import audit
from fedicara.actions.blocklists import Entry
from fedicara.actions.errors import Invalid, NotFound
from fedicara.federation.said import endings
from fedicara.federation.servers.rules import book_of, canonical, host_of, judge, names_of
from fedicara.models import DomainRule, Follow
from fedicara.models.moderation import Action
from fedicara.models.works import State
from fedicara.server import Server

Rule = tuple[str, Action]
Thing = TypeVar("Thing")

BATCH = 500
_ALL = "SELECT domain, action FROM domain_rules"
_HIDDEN = """
SELECT DISTINCT w.actor_id AS actor_id FROM works w JOIN actors a ON a.id = w.actor_id
WHERE w.state = 'hidden' AND a.suspended IS NULL"""
_ALLOWED = "SELECT domain FROM domain_rules WHERE action = 'allow'"
_OF_LIST = "SELECT domain, action FROM domain_rules WHERE source = $1"
# Plans: one walk through actors; then the index of their domain.
_HOSTS = "SELECT DISTINCT domain, host FROM actors WHERE domain <> ''"
_PEOPLE = "SELECT id FROM actors WHERE domain = $1 AND host = $2"
_HIDE = (
    "UPDATE works SET state = '{new}', revision = revision + 1 WHERE state = '{old}' AND actor_id IN ({ids})"
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import does: rules that are new, rules the list no longer has, domains that are never touched.

    `halved`: more than half of the domains it named before are gone.
    """

    added: Sequence[Rule]
    retracted: Sequence[Rule]
    spared: Sequence[str]
    halved: bool = False

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.retracted)


async def listed() -> Sequence[DomainRule]:
    """Every rule, by domain."""
    return await DomainRule.all().order_by("domain", "action", "source")


async def set_rule(server: Server, who: str, domain: str, action: Action, note: str = "") -> DomainRule:
    """Add a rule by hand; a second time only its note changes. Never one against this place."""
    name = _checked(domain)
    if action is not Action.ALLOW and _holds(name, server.settings.host):
        raise Invalid("domain", "That is this place itself.")
    async with server.database.transaction():
        rule, _ = await DomainRule.update_or_create(
            domain=name, action=action, source="", defaults={"note": note}
        )
        await audit.note(who, "domains set", name, rule=action, comment=note)
    await enforce(server, who)
    return rule


async def remove_rules(server: Server, who: str, domain: str) -> int:
    """Take away what was set by hand about a domain; what lists say stays."""
    name = _checked(domain)
    async with server.database.transaction():
        gone = await DomainRule.filter(domain=name, source="").delete()
        if not gone:
            raise NotFound
        await audit.note(who, "domains remove", name, rules=gone)
    await enforce(server, who)
    return gone


async def confirm(server: Server, who: str, domain: str) -> int:
    """Make what lists say about a domain a rule of this place, which stays when they retract it; how many are new."""
    name = _checked(domain)
    async with server.database.transaction():
        stated = {rule.action for rule in await DomainRule.filter(domain=name).exclude(source="")}
        if not stated:
            raise NotFound
        own = {rule.action for rule in await DomainRule.filter(domain=name, source="")}
        for action in sorted(stated - own):
            await DomainRule.create(domain=name, action=action, source="", note="confirmed")
        await audit.note(who, "domains confirm", name, rules=sorted(stated))
    return len(stated - own)


async def compare(server: Server, source: str, entries: Iterable[Entry]) -> Changes:
    """What an import of these entries would change; nothing is changed yet."""
    allowed = {row["domain"] for row in await server.database.rows(_ALLOWED)}
    kept = {(row["domain"], Action(row["action"])) for row in await server.database.rows(_OF_LIST, source)}
    return await run_sync(_compared, server.settings.host, allowed, kept, list(entries))


def _compared(host: str, allowed: Set[str], kept: Set[Rule], stated: Sequence[Entry]) -> Changes:
    """Never against this place or what an admin allowed; outside of the event loop, for lists are long."""
    spared = {
        each.domain
        for each in stated
        if _holds(each.domain, host) or not allowed.isdisjoint(names_of(each.domain))
    }
    wanted = {
        (each.domain, action) for each in stated if each.domain not in spared for action in each.actions
    }
    before, after = {name for name, _ in kept}, {name for name, _ in wanted}
    halved = 2 * len(before - after) > len(before)
    return Changes(sorted(wanted - kept), sorted(kept - wanted), sorted(spared), halved)


async def apply(server: Server, who: str, source: str, changes: Changes) -> None:
    """Carry out what `compare` found; rules set by hand and rules of other lists are not touched."""
    if not changes:
        return
    async with server.database.transaction():
        for some in _batches(changes.added):
            rows = [DomainRule(domain=name, action=action, source=source) for name, action in some]
            await DomainRule.bulk_create(rows, ignore_conflicts=True)
        for action in Action:
            for names in _batches([name for name, stated in changes.retracted if stated is action]):
                await DomainRule.filter(source=source, action=action, domain__in=names).delete()
        added, retracted = [name for name, _ in changes.added], [name for name, _ in changes.retracted]
        await audit.note(who, "domains import", source, added=added, retracted=retracted)
    await enforce(server, who)


def _batches(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    return (things[start : start + BATCH] for start in range(0, len(things), BATCH))


def _checked(domain: str) -> str:
    try:
        return canonical(domain)
    except ValueError:
        raise Invalid("domain", f"{domain} is no domain; write it as bad.example.") from None


def _holds(domain: str, host: str) -> bool:
    """Whether a rule for the domain reaches the host."""
    return host == domain or host.endswith(f".{domain}")


async def enforce(server: Server, who: str) -> None:
    """Hide what rejected hosts made and end follows with them; show again what is rejected no longer."""
    book = book_of(await server.database.rows(_ALL))
    rejected = [
        row["id"]
        for there in await server.database.rows(_HOSTS)
        if any(
            judge(server.settings, host, book).rejected
            for host in {there["host"] or there["domain"], host_of(f"https://{there['domain']}")}
        )
        for row in await server.database.rows(_PEOPLE, there["domain"], there["host"])
    ]
    hidden = [row["actor_id"] for row in await server.database.rows(_HIDDEN)]
    async with server.database.transaction():
        await _move(server, sorted(set(hidden) - set(rejected)), State.HIDDEN, State.PUBLISHED)
        await _move(server, rejected, State.PUBLISHED, State.HIDDEN)
        ended = await _end_follows(server, rejected)
        if ended:
            await audit.note(who, "follows ended", follows=ended)


async def _move(server: Server, actor_ids: Sequence[int], old: State, new: State) -> None:
    for some in _batches(actor_ids):
        ids = ", ".join(map(str, some))
        await server.database.execute(_HIDE.format(old=old.value, new=new.value, ids=ids))


async def _end_follows(server: Server, actor_ids: Sequence[int]) -> int:
    """Nothing is sent: not one packet goes to a rejected host (SSRF-19). Who is concerned here finds a list (F-387)."""
    ended = 0
    for some in _batches(actor_ids):
        held = Follow.filter(Q(follower_id__in=some) | Q(followed_id__in=some))
        await endings.note(server, await held, some)
        ended += await held.delete()
    return ended
