"""Lists of domains that others keep, by address or in a file: CSV as Mastodon exports it, or one domain per line."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from anyio.to_thread import run_sync

from fedicara.actions.errors import ActionError
from fedicara.federation.network.http import NetworkError
from fedicara.federation.servers.rules import canonical
from fedicara.models.moderation import Action
from fedicara.server import Server

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_LINES: Final = 100_000
_HEADERS: Final = {"Accept": "text/csv, text/plain"}
_SEVERITIES: Mapping[str, Action] = {"suspend": Action.REJECT, "silence": Action.UNLIST}
_FLAGS: Mapping[str, Action] = {"reject_media": Action.HIDE_MEDIA, "reject_reports": Action.NO_REPORTS}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list wants done to a domain."""

    domain: str
    actions: frozenset[Action]
    note: str = ""


class UnreadableError(ActionError):
    """A list cannot be read, or cannot be what it was; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


async def read(server: Server, where: str) -> list[Entry]:
    """The entries of a list, in bounds; `UnreadableError` where there is none."""
    if "://" in where:
        return await run_sync(_entries, where, await _fetched(server, where))
    return await run_sync(_from_file, where)


async def _fetched(server: Server, where: str) -> bytes:
    try:
        answer = await server.network.get(where, _HEADERS, limit=MOST_BYTES)
    except NetworkError as error:
        raise UnreadableError(f"{where} cannot be reached: {error.reason}.") from error
    if answer.status != 200:
        raise UnreadableError(f"{where} answered {answer.status}.")
    return answer.body


def _from_file(where: str) -> list[Entry]:
    try:
        with Path(where).open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"{where} cannot be read: {error.strerror}.") from error
    if len(body) > MOST_BYTES:
        raise UnreadableError(f"{where} is larger than {MOST_BYTES // (1 << 20)} MiB.")
    return _entries(where, body)


def _entries(where: str, body: bytes) -> list[Entry]:
    if body.count(b"\n") > MOST_LINES:
        raise UnreadableError(f"{where} has more than {MOST_LINES:,} lines.")
    entries = parse(body.decode("utf-8", "replace"))
    if not entries:
        raise UnreadableError(
            f"{where} names no domain; a list is CSV with a domain column, or a domain per line."
        )
    return entries


def parse(text: str) -> list[Entry]:
    """The entries of a list, each domain once; lines that name no domain, as obfuscated ones, are left out."""
    lines = text.removeprefix("\ufeff").splitlines()
    header = lines[0].lower() if lines else ""
    found = _rows(lines) if header.lstrip("#").partition(",")[0].strip() == "domain" else _plain(lines)
    return list({entry.domain: entry for entry in found if entry.actions}.values())


def _rows(lines: Iterable[str]) -> Iterator[Entry]:
    first, *others = lines
    names = [name.strip().lstrip("#") for name in first.lower().split(",")]
    for row in csv.DictReader(others, names):
        domain = _domain(row.get("domain") or "")
        if domain:
            yield Entry(domain, frozenset(_actions(row)), row.get("public_comment") or "")


def _actions(row: Mapping[str, str]) -> Iterator[Action]:
    severity = _SEVERITIES.get((row.get("severity") or "suspend").strip().lower())
    if severity is not None:
        yield severity
    yield from (action for name, action in _FLAGS.items() if (row.get(name) or "").strip().lower() == "true")


def _plain(lines: Iterable[str]) -> Iterator[Entry]:
    for line in lines:
        domain = _domain(line.partition("#")[0])
        if domain:
            yield Entry(domain, frozenset({Action.REJECT}))


def _domain(text: str) -> str:
    """The domain in its canonical form; a single label is none, it would take a whole top-level domain."""
    try:
        name = canonical(text.strip().removeprefix("*."))
    except ValueError:
        return ""
    return name if "." in name else ""
