"""What is decided about other servers: one verdict per host, from the mode of the place and its rules (F-306)."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from fedicara.models.database import Database, Row
from fedicara.models.moderation import Action
from fedicara.server import Server
from fedicara.settings import Settings

_NAME: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_RULES: Final = "SELECT domain, action FROM domain_rules WHERE domain IN ({marks})"

Book = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done to a host."""

    rejected: bool = False
    hides_media: bool = False
    forces_sensitive: bool = False
    takes_no_reports: bool = False
    unlists: bool = False


OPEN: Final = Verdict()


def canonical(domain: str) -> str:
    """A domain as rules keep it, in ASCII, lower case and without a dot at its end; ValueError for what is none."""
    name = domain.strip().rstrip(".").encode("idna").decode().lower()
    if not _NAME.fullmatch(name):
        raise ValueError(f"{domain!r} is no domain")
    return name


def host_of(address: str) -> str:
    """The host of an address, empty where there is none."""
    try:
        return canonical(urlsplit(address).hostname or "")
    except ValueError:
        return ""


def book_of(rows: Iterable[Row]) -> Book:
    """The actions of each domain."""
    book: dict[str, set[str]] = {}
    for row in rows:
        book.setdefault(row["domain"], set()).add(str(row["action"]))
    return book


def judge(settings: Settings, host: str, book: Book) -> Verdict:
    """The longest domain with rules decides alone; there, an allow rule beats a reject rule."""
    if host == settings.host:
        return OPEN
    actions: Collection[str] = next((book[name] for name in names_of(host) if name in book), ())
    refused = Action.ALLOW not in actions
    by_mode = {"open": False, "blocklist": refused and Action.REJECT in actions, "allowlist": refused}
    return Verdict(
        rejected=by_mode[settings.federation],
        hides_media=Action.HIDE_MEDIA in actions,
        forces_sensitive=Action.FORCE_SENSITIVE in actions,
        takes_no_reports=Action.NO_REPORTS in actions,
        unlists=Action.UNLIST in actions,
    )


def names_of(host: str) -> list[str]:
    """The host and the domains above it, the longest first."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def site_of(host: str) -> str:
    """The last two labels of a host, by which what may be above or below it is found."""
    return ".".join(host.split(".")[-2:])


async def look_up(settings: Settings, database: Database, host: str) -> Verdict:
    """The verdict as the table stands now. Plan: the unique index of (domain, action, source)."""
    names = names_of(host)
    marks = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    return judge(settings, host, book_of(await database.rows(_RULES.format(marks=marks), *names)))


async def verdict(server: Server, host: str) -> Verdict:
    """The verdict about a host, at most a second old."""
    return await server.recently(("rules", host), partial(look_up, server.settings, server.database, host))


async def admits(settings: Settings, database: Database, host: str) -> bool:
    """Whether anything is sent to a host at all; the door asks for every hop (SSRF-19)."""
    try:
        name = canonical(host)
    except ValueError:
        return False
    return not (await look_up(settings, database, name)).rejected


async def rejects(server: Server, addresses: Iterable[str]) -> bool:
    """Whether any of these addresses or domains is on a rejected host."""
    hosts = {host_of(address if "://" in address else f"https://{address}") for address in addresses}
    return any([(await verdict(server, host)).rejected for host in hosts])
