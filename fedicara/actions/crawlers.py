"""The table of crawlers in force: lists taken over as versions, and what administrators say above them (P-205 to P-215)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
from anyio.to_thread import run_sync

from fedicara.actions import audit
from fedicara.actions.blocklists import UnreadableError
from fedicara.actions.errors import Invalid, NotFound
from fedicara.federation.network.http import NetworkError
from fedicara.federation.signed import claimed
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import CrawlerList, CrawlerOverride
from fedicara.reads import crawlers as reads
from fedicara.server import Server
from policies import imports, overrides, quarantine
from policies.crawlers import TABLE, Crawler, Matcher
from policies.errors import PolicyError
from policies.imports import MOST_BYTES, Changes, Reading
from policies.overrides import CONFIRMED, Overrides

SECONDS: Final = 5.0
DAILY: Final = "crawlers"
_DAY: Final = 86_400.0
_KEY: Final = ("crawlers",)
_LONGEST: Final = 500
_WBA: Final = "wba:"


@dataclass(frozen=True, slots=True)
class Table:
    """The rows in force, ready to be asked; those in quarantine are in `kept_apart`, with the reason."""

    rows: tuple[Crawler, ...]
    kept_apart: Mapping[Crawler, str]
    overrides: Overrides
    matcher: Matcher
    identities: Mapping[str, Crawler]
    stamp: tuple[Any, ...]

    @property
    def listed(self) -> list[Crawler]:
        """Every row, those in quarantine among them, by name."""
        return sorted((*self.rows, *self.kept_apart), key=lambda row: row.token.casefold())

    def said_of(self, row: Crawler) -> Mapping[str, str]:
        """What administrators say of a row, by column."""
        folded = row.token.casefold()
        return next((said for token, said in self.overrides.items() if token.casefold() == folded), {})


async def in_force(server: Server) -> Table:
    """The table; a change by another process is seen within five seconds."""
    return await server.lately(_KEY, SECONDS, partial(_looked_up, server))


async def _looked_up(server: Server) -> Table:
    """The table as it was, unless it changed: its expression is compiled once."""
    stamp = await reads.stamp(server)
    known = server.lately_made.get(_KEY)
    if known is not None and known[1].stamp == stamp:
        found: Table = known[1]
        return found
    imported, said = await reads.imported(server), await reads.overrides(server)
    return await run_sync(_made, imported, said, stamp)


def _made(imported: Sequence[Crawler], said: Overrides, stamp: tuple[Any, ...]) -> Table:
    listed = overrides.applied(imports.combined(TABLE, imported), said)
    confirmed = [token for token, columns in said.items() if CONFIRMED in columns]
    apart = quarantine.quarantined(listed, confirmed)
    rows = tuple(row for row in listed if row.token not in apart)
    return Table(
        rows,
        {row: apart[row.token] for row in listed if row.token in apart},
        said,
        Matcher(rows),
        {row.verify.removeprefix(_WBA): row for row in rows if row.verify.startswith(_WBA)},
        stamp,
    )


@dataclass(frozen=True, slots=True)
class Import:
    """A list that was read, and what it would change."""

    source: str
    reading: Reading
    changes: Changes
    kept_apart: Mapping[str, str]


async def preview(server: Server, where: str) -> Import:
    """Read a list, change nothing; `UnreadableError` says why where it cannot be taken over (P-211, P-214)."""
    body = await _fetched(server, where) if "://" in where else await run_sync(_from_file, where)
    return await compare(server, where, body)


async def compare(server: Server, where: str, body: bytes) -> Import:
    """What the bytes of a list would change."""
    try:
        reading = await run_sync(imports.read, body, TABLE)
    except PolicyError as error:
        raise UnreadableError(f"{where} cannot be taken over: {error.reason}.") from error
    before = imports.combined(TABLE, await reads.imported(server))
    changes = imports.compared(before, imports.combined(TABLE, reading.rows))
    said = await reads.overrides(server)
    confirmed = [token for token, columns in said.items() if CONFIRMED in columns]
    apart = await run_sync(quarantine.quarantined, reading.rows, confirmed)
    return Import(where[:_LONGEST], reading, changes, apart)


async def _fetched(server: Server, where: str) -> bytes:
    try:
        answer = await server.network.get(where, {"Accept": "application/json"}, limit=MOST_BYTES)
    except NetworkError as error:
        raise UnreadableError(f"{where} cannot be reached: {error.reason}.") from error
    if answer.status != 200:
        raise UnreadableError(f"{where} answered {answer.status}.")
    return answer.body


def _from_file(where: str) -> bytes:
    try:
        with Path(where).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"{where} cannot be read: {error.strerror}.") from error


async def apply(server: Server, who: str, wanted: Import) -> None:
    """Keep a list as the version that is in force from now on."""
    changes = wanted.changes
    async with server.database.transaction():
        await _keep(wanted.source, wanted.reading.rows, who)
        await audit.note(
            who,
            "crawlers import",
            wanted.source,
            added=_tokens(changes.added),
            removed=_tokens(changes.removed),
            changed=_tokens(changes.changed),
        )
    server.forget(*_KEY)


async def apply_carefully(server: Server, who: str, wanted: Import) -> None:
    """What happens without anybody looking: additions and changes that pass the guard; removals wait (P-214)."""
    before = await reads.imported(server)
    passing = [row for row in wanted.reading.rows if row.token not in wanted.kept_apart]
    merged = imports.combined(before, passing)
    is_new = _stored(merged) != _stored(imports.combined(before, ()))
    if not is_new and not wanted.changes.removed:
        return
    async with server.database.transaction():
        if is_new:
            await _keep(wanted.source, merged, who)
        await audit.note(
            who,
            "crawlers update",
            wanted.source,
            added=_tokens(row for row in wanted.changes.added if row in merged),
            waiting=_tokens(wanted.changes.removed),
            kept_apart=dict(wanted.kept_apart),
        )
    server.forget(*_KEY)


def _tokens(rows: Any) -> list[str]:
    return [row.token for row in rows]


async def _keep(source: str, rows: Sequence[Crawler], who: str) -> None:
    await CrawlerList.create(source=source, rows=_stored(rows), who=who)


def _stored(rows: Sequence[Crawler]) -> Any:
    return msgspec.to_builtins([asdict(row) for row in rows])


async def rollback(server: Server, who: str) -> str:
    """Withdraw the list in force, so that the one before it is again; the source of what is in force then."""
    async with server.database.transaction():
        found = await CrawlerList.filter(withdrawn=None).order_by("-id").limit(2)
        if not found:
            raise NotFound
        found[0].withdrawn = server.now()
        await found[0].save(update_fields=["withdrawn"])
        await audit.note(who, "crawlers rollback", found[0].source)
    server.forget(*_KEY)
    return found[1].source if len(found) > 1 else ""


async def set_columns(server: Server, who: str, token: str, columns: Mapping[str, str]) -> None:
    """Say something of one crawler, above every list; an empty value takes it back (P-215)."""
    for column, value in columns.items():
        try:
            overrides.check(token, column, value or _harmless(column))
        except PolicyError as error:
            raise Invalid(error.field, f"{error.reason[:1].upper()}{error.reason[1:]}.") from error
    await _check_known(server, token, columns)
    folded = token.casefold()
    async with server.database.transaction():
        await CrawlerOverride.filter(folded=folded, column__in=list(columns)).delete()
        for column, value in columns.items():
            if value:
                await CrawlerOverride.create(token=token, folded=folded, column=column, value=value)
        await audit.note(who, "crawlers set", token, **columns)
    server.forget(*_KEY)


def _harmless(column: str) -> str:
    """A value that passes, where one is taken back and only the column counts."""
    return {CONFIRMED: "yes", "purpose": "unknown", "robots": "none", "deny": "never", "verify": "none"}.get(
        column, ""
    )


async def _check_known(server: Server, token: str, columns: Mapping[str, str]) -> None:
    table = await in_force(server)
    known = {row.token.casefold() for row in (*table.rows, *table.kept_apart)}
    known |= {each.casefold() for each in table.overrides}
    if token.casefold() not in known and not columns.get("purpose"):
        raise Invalid("token", f"No row is called {token}; to add one, say its purpose too.")


async def order_daily(server: Server, delay: float = 0.0) -> None:
    """Have lists read once a day, where the settings name one or ask for addresses; never otherwise (P-211, P-241)."""
    settings = server.settings
    if not settings.crawlers_source and not settings.verify_addresses:
        return
    day = (server.now() + timedelta(seconds=delay)).date().isoformat()
    async with server.database.transaction(seen=False):
        await LeaseTable(server).enqueue(Order(DAILY, {}, key=f"{DAILY}:{day}", delay=delay))


async def run_daily(server: Server, _claim: Claim) -> Outcome:
    """Job `crawlers`: take over the list of the settings with care, read the addresses; tomorrow's is ordered first."""
    await order_daily(server, _DAY)
    source = server.settings.crawlers_source
    if source:
        try:
            await apply_carefully(server, "daily", await preview(server, source))
        except UnreadableError as error:
            await audit.note("daily", "crawlers update failed", source, reason=error.sentence)
    if server.settings.verify_addresses:
        await claimed.refresh(server, (await in_force(server)).rows)
    return Done()
