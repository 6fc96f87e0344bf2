"""The check itself: what to ask, in which order, and the report of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fedicara.actions.errors import Invalid
from fedicara.actions.policy_check import own
from fedicara.actions.policy_check.expectation import Expected, Known, given, known, policy_of_media
from fedicara.actions.policy_check.probe import Probe, is_own
from fedicara.actions.policy_check.site import Site, read
from fedicara.actions.policy_check.surfaces import sights
from fedicara.federation.fetched.actors import instance_actor
from fedicara.federation.signed.signing import signer
from fedicara.network import Answer
from fedicara.server import Server
from policies.check.verdicts import (
    SCHEMA,
    Exit,
    Mode,
    Row,
    Sight,
    Unread,
    exit_code,
    printed,
    rows,
    summary,
    yardstick,
)
from policies.policy import FIELDS, Policy


@dataclass(frozen=True, slots=True)
class Wish:
    """What to check: an address, what is expected of it if not by the database, and a crawler to go as."""

    url: str
    expect: Policy | None = None
    crawler: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, when, and by which measure."""

    url: str
    checked: datetime
    mode: Mode
    expected: dict[str, str]
    rows: tuple[Row, ...]
    reason: str = ""

    @property
    def reached(self) -> bool:
        """Whether the address answered at all."""
        return not self.reason

    def narrowed(self, surface: str) -> "Report":
        """The rows of one surface alone; all where none is named."""
        return replace(
            self, rows=tuple(row for row in self.rows if not surface or row.surface.upper() == surface)
        )

    def exit(self, *, strict: bool = False) -> int:
        """What the command ends with (P-506)."""
        return exit_code(self.rows, self.mode, strict=strict) if self.reached else Exit.UNREACHABLE

    def as_dict(self, *, strict: bool = False) -> dict[str, Any]:
        """The report of P-507."""
        return {
            "schema": SCHEMA,
            "url": self.url,
            "checked_at": self.checked.isoformat(timespec="seconds"),
            "mode": self.mode.value,
            "expected": self.expected,
            "rows": [printed(row) for row in self.rows],
            "summary": summary(self.rows),
            "exit": self.exit(strict=strict),
        }


async def check(server: Server, wish: Wish) -> Report:
    """Read a site as a careful crawler would, and judge what it says (P-500 to P-505)."""
    ours = is_own(server, wish.url)
    if wish.crawler and not ours:
        raise Invalid("as", "Crawlers are impersonated on this server's own host alone.")
    if wish.crawler and not own.crawlers(wish.crawler):
        raise Invalid("as", f"{wish.crawler} is not in the table of crawlers.")
    probe = Probe(server, own=ours, sign=await signer(server, await instance_actor(server)))
    if wish.expect is not None:
        return await _expecting(server, probe, wish, given(wish.url, wish.expect))
    if not ours:
        return await _expecting(server, probe, wish, None)
    parts, expected = await known(server, wish.url)
    return await _own(server, probe, wish, parts, expected)


async def _expecting(server: Server, probe: Probe, wish: Wish, expected: Expected | None) -> Report:
    site = await read(probe, wish.url, None)
    found = [*sights(site, expected), *await own.embedded(site, expected)]
    return _report(server, wish, Mode.EXPECT if expected else Mode.OBSERVE, site, expected, found)


async def _own(server: Server, probe: Probe, wish: Wish, parts: Known, expected: Expected) -> Report:
    site = await read(probe, wish.url, parts)
    expected = await _with_media(server, site, expected)
    found = list(sights(site, expected))
    found += await own.parity(probe, site, expected)
    if parts.renditions:
        found += await own.renditions(probe, server, parts, expected)
    else:
        found += await own.embedded(site, expected)
    found += await own.gate(probe, site, expected, own.crawlers(wish.crawler))
    found += [await own.inbox(probe, server), *await own.leaks(probe, server, site, parts)]
    return _report(server, wish, Mode.SELF, site, expected, found)


async def _with_media(server: Server, site: Site, expected: Expected) -> Expected:
    """A list shows pictures of works that may have policies of their own (P-304)."""
    policy = await policy_of_media(server, site.media.url) if isinstance(site.media, Answer) else None
    return replace(expected, media=policy) if policy else expected


def _report(
    server: Server, wish: Wish, mode: Mode, site: Site, expected: Expected | None, found: list[Sight]
) -> Report:
    ordered = sorted(found, key=lambda sight: (not sight.surface.startswith("S"), sight.surface))
    fields = {name: str(getattr(expected.page, name)) for name in FIELDS} if expected else yardstick(found)
    reason = site.first.reason if isinstance(site.first, Unread) else ""
    return Report(wish.url, server.now(), mode, dict(fields), rows(ordered), reason)
