"""Lists of domains that others keep: CSV as Mastodon exports it, or one domain per line."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fedicara.federation.rules import canonical
from fedicara.models.moderation import Action

_SEVERITIES: Mapping[str, Action] = {"suspend": Action.REJECT, "silence": Action.UNLIST}
_FLAGS: Mapping[str, Action] = {"reject_media": Action.HIDE_MEDIA, "reject_reports": Action.NO_REPORTS}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list wants done to a domain."""

    domain: str
    actions: frozenset[Action]
    note: str = ""


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
