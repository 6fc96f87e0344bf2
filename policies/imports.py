"""Lists of crawlers that others keep: read within bounds, cleaned, and compared with what is in force (P-211 to P-214)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any, Final

import msgspec

from policies.crawlers import Crawler, Deny, Origin, Purpose
from policies.errors import PolicyError

MOST_BYTES: Final = 1 << 20
MOST_ENTRIES: Final = 2_000
MOST_TEXT: Final = 500
DROPPED: Final = frozenset({"code", "spider", "applebot", "facebookexternalhit"})
"""Never taken over: they name other crawlers too, or wanted search and link previews (P-203)."""
ROBOTS_ONLY: Final = frozenset({"openai", "operator", "cursor", "wpbot"})
"""Too general to refuse anybody; robots.txt may name them (P-203)."""

_KEYWORDS: Final[Mapping[Purpose, tuple[str, ...]]] = msgspec.json.decode(
    files("policies").joinpath("purposes.json").read_bytes(), type=dict[Purpose, tuple[str, ...]]
)
_VERSION: Final = re.compile(r"/[0-9][0-9A-Za-z.]*$")
_LINK: Final = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_ROW_FIELDS: Final = frozenset(Crawler.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a list holds: rows that can be used, and the reasons for those that cannot, by name."""

    rows: tuple[Crawler, ...]
    rejected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a list would change."""

    added: tuple[Crawler, ...]
    removed: tuple[Crawler, ...]
    changed: tuple[Crawler, ...]


def read(body: bytes, known: Iterable[Crawler]) -> Reading:
    """Read a list: an object keyed by token as ai.robots.txt writes it, or rows as `crawlers export` does.

    `known` are our rows, which decide the purpose of their tokens (P-213). A list that is too large, has another
    shape or no usable row is a PolicyError; a single row that cannot be used is left out and named (P-212).
    """
    ours = {row.token.casefold(): row for row in known}
    rows: dict[str, Crawler] = {}
    rejected: dict[str, str] = {}
    for token, stated in _entries(body):
        try:
            row = _row(_VERSION.sub("", token), stated, ours)
        except (PolicyError, msgspec.ValidationError) as error:
            rejected[_plain(token)[:80]] = str(getattr(error, "reason", error))
            continue
        if row.token.casefold() not in DROPPED:
            rows.setdefault(row.token.casefold(), row)
    if not rows:
        raise PolicyError("list", "no entry of it can be used" + _first(rejected))
    return Reading(tuple(rows.values()), rejected)


def _first(rejected: Mapping[str, str]) -> str:
    return next((f"; the first one, {token!r}: {reason}" for token, reason in rejected.items()), "")


def _entries(body: bytes) -> list[tuple[str, Mapping[str, Any]]]:
    if len(body) > MOST_BYTES:
        raise PolicyError("list", f"it is larger than {MOST_BYTES // (1 << 20)} MiB")
    try:
        stated = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise PolicyError("list", "it is not JSON") from error
    if isinstance(stated, dict):
        entries = list(stated.items())
    elif isinstance(stated, list):
        entries = [(row.get("token"), row) if isinstance(row, dict) else ("", row) for row in stated]
    else:
        raise PolicyError("list", "it is neither an object keyed by token nor a list of rows")
    if len(entries) > MOST_ENTRIES:
        raise PolicyError("list", f"it has {len(entries):,} entries; at most {MOST_ENTRIES:,} are taken")
    if any(not isinstance(token, str) or not isinstance(row, dict) for token, row in entries):
        raise PolicyError("list", "every entry must be an object with a token for its name")
    return entries


def _row(token: str, stated: Mapping[str, Any], ours: Mapping[str, Crawler]) -> Crawler:
    known = ours.get(token.casefold())
    made = _own(token, stated) if "purpose" in stated else _foreign(token, stated)
    if known is not None and "purpose" not in stated:
        made = replace(known, note=known.note or made.note)
    if token.casefold() in ROBOTS_ONLY:
        made = replace(made, deny=Deny.NEVER)
    return replace(made, origin=Origin.IMPORTED)


def _own(token: str, stated: Mapping[str, Any]) -> Crawler:
    values = {name: value for name, value in stated.items() if name in _ROW_FIELDS}
    made = msgspec.convert(values | {"token": token}, type=Crawler)
    return replace(made, operator=_plain(made.operator), note=_plain(made.note), source=_plain(made.source))


def _foreign(token: str, stated: Mapping[str, Any]) -> Crawler:
    texts = {name: _plain(value) for name, value in stated.items() if isinstance(value, str)}
    return Crawler(
        token,
        texts.get("operator", "") or "not published",
        purpose_of(texts.get("function", "")),
        note=texts.get("description", ""),
    )


def purpose_of(function: str) -> Purpose:
    """Return the purpose that the words about a crawler's function speak of, else `unknown` (P-213)."""
    words = function.casefold()
    return next(
        (purpose for purpose, keywords in _KEYWORDS.items() if any(each in words for each in keywords)),
        Purpose.UNKNOWN,
    )


def _plain(text: str) -> str:
    """Return one line of plain text: links by their words, no control characters, not too long."""
    printable = "".join(letter if letter.isprintable() else " " for letter in _LINK.sub(r"\1", text[:8_192]))
    return " ".join(printable.split())[:MOST_TEXT]


def combined(shipped: Iterable[Crawler], imported: Iterable[Crawler]) -> tuple[Crawler, ...]:
    """Return one row for each token, those of the list before ours, in the order of their names."""
    rows = {row.token.casefold(): row for row in (*shipped, *imported)}
    return tuple(rows[token] for token in sorted(rows))


def compared(before: Sequence[Crawler], after: Sequence[Crawler]) -> Changes:
    """Return what a list adds, takes away and says differently; when it was written down is no difference."""
    old = {row.token.casefold(): row for row in before}
    new = {row.token.casefold(): row for row in after}
    return Changes(
        tuple(row for token, row in new.items() if token not in old),
        tuple(row for token, row in old.items() if token not in new),
        tuple(row for token, row in new.items() if token in old and _said(row) != _said(old[token])),
    )


def _said(row: Crawler) -> Crawler:
    return replace(row, updated_at=None, source="")
