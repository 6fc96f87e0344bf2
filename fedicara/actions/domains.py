"""Rules about other servers: set, taken away, imported from lists; each change is carried out and logged (F-306)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from fedicara.actions import audit
from fedicara.actions.blocklists import Entry
from fedicara.actions.errors import Invalid, NotFound
from fedicara.federation.rules import book_of, canonical, host_of, judge
from fedicara.models import Actor, DomainRule, Follow
from fedicara.models.moderation import Action
from fedicara.models.works import State
from fedicara.server import Server

BATCH = 500
_ALL = "SELECT domain, action FROM domain_rules"
_HIDDEN = """
SELECT DISTINCT w.actor_id AS actor_id FROM works w JOIN actors a ON a.id = w.actor_id
WHERE w.state = 'hidden' AND a.suspended IS NULL"""
_HIDE = (
    "UPDATE works SET state = '{new}', revision = revision + 1 WHERE state = '{old}' AND actor_id IN ({ids})"
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import does: rules that are new, rules the list no longer has, domains that are never touched."""

    added: Sequence[tuple[str, Action]]
    retracted: Sequence[tuple[str, Action]]
    spared: Sequence[str]


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


async def compare(server: Server, source: str, entries: Iterable[Entry]) -> Changes:
    """What an import of these entries would change; nothing is changed yet."""
    allowed = await DomainRule.filter(action=Action.ALLOW).values_list("domain", flat=True)
    stated = list(entries)
    spared = [
        each.domain for each in stated if _is_safe(server, each.domain, [str(name) for name in allowed])
    ]
    wanted = {
        (each.domain, action) for each in stated if each.domain not in spared for action in each.actions
    }
    kept = {(rule.domain, rule.action) for rule in await DomainRule.filter(source=source)}
    return Changes(sorted(wanted - kept), sorted(kept - wanted), spared)


def _is_safe(server: Server, domain: str, allowed: Iterable[str]) -> bool:
    """Whether a list may say nothing about a domain: it holds this place, or an admin allowed it."""
    return _holds(domain, server.settings.host) or any(_holds(name, domain) for name in allowed)


async def apply(server: Server, who: str, source: str, changes: Changes) -> None:
    """Carry out what `compare` found; rules set by hand and rules of other lists are not touched."""
    async with server.database.transaction():
        rows = [DomainRule(domain=name, action=action, source=source) for name, action in changes.added]
        await DomainRule.bulk_create(rows, batch_size=BATCH)
        for name, action in changes.retracted:
            await DomainRule.filter(domain=name, action=action, source=source).delete()
        added, retracted = [name for name, _ in changes.added], [name for name, _ in changes.retracted]
        await audit.note(who, "domains import", source, added=added, retracted=retracted)
    await enforce(server, who)


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
    people = await Actor.exclude(domain="").values_list("id", "uri", "domain")
    rejected = [
        identifier
        for identifier, uri, domain in people
        if any(
            judge(server.settings, host, book).rejected
            for host in {host_of(str(uri)), host_of(f"https://{domain}")}
        )
    ]
    hidden = [row["actor_id"] for row in await server.database.rows(_HIDDEN)]
    async with server.database.transaction():
        await _move(server, sorted(set(hidden) - set(rejected)), State.HIDDEN, State.PUBLISHED)
        await _move(server, rejected, State.PUBLISHED, State.HIDDEN)
        ended = await _end_follows(rejected)
        if ended:
            await audit.note(who, "follows ended", follows=ended)


async def _move(server: Server, actor_ids: Sequence[int], old: State, new: State) -> None:
    for start in range(0, len(actor_ids), BATCH):
        ids = ", ".join(str(identifier) for identifier in actor_ids[start : start + BATCH])
        await server.database.execute(_HIDE.format(old=old.value, new=new.value, ids=ids))


async def _end_follows(actor_ids: Collection[int]) -> int:
    """Nothing is sent: not one packet goes to a rejected host (SSRF-19)."""
    numbers, ended = list(actor_ids), 0
    for start in range(0, len(numbers), BATCH):
        some = numbers[start : start + BATCH]
        ended += await Follow.filter(follower_id__in=some).delete()
        ended += await Follow.filter(followed_id__in=some).delete()
    return ended
