"""The self-block guard: rows that would turn away people, their readers or their servers are kept apart (P-205)."""

import re
from collections.abc import Collection, Iterable, Mapping
from importlib.resources import files
from typing import Final

import msgspec

from policies.crawlers import NEVER_MATCHED, Crawler

SHORT: Final = 4
AGENTS: Final[Mapping[str, tuple[str, ...]]] = msgspec.json.decode(
    files("policies").joinpath("agents.json").read_bytes(), type=dict[str, tuple[str, ...]]
)
"""User-Agent values of those who come here on purpose, by kind: browsers, readers, apps, servers, search."""

_JOINED: Final = {kind: "\n".join(values).casefold() for kind, values in AGENTS.items()}


def quarantined(table: Iterable[Crawler], confirmed: Collection[str] = ()) -> dict[str, str]:
    """Return why rows of a table must not be used, by token; `confirmed` are short tokens an admin vouched for.

    Each row is judged alone, since in the one expression of the matcher a longer token hides a shorter one. A row
    may name what has its own purpose: a search token is found in a search crawler's value.
    """
    vouched = {token.casefold() for token in confirmed}
    found = ((row.token, _complaint(row, vouched)) for row in table)
    return {token: complaint for token, complaint in found if complaint}


def _complaint(row: Crawler, vouched: Collection[str]) -> str:
    token = row.token.casefold()
    if token in NEVER_MATCHED:
        return ""
    hit = next(
        (kind for kind, values in _JOINED.items() if kind != row.purpose and _names(token, values)), ""
    )
    if hit:
        return f"it would also name a {hit.replace('_', ' ')}"
    return "it is so short that an administrator must confirm it" * (
        len(token) < SHORT and token not in vouched
    )


def _names(token: str, values: str) -> bool:
    """Whether a token stands in one of the values as the matcher would find it; most are not even in the text."""
    return (
        token in values and re.search(rf"(?<![a-z0-9_-]){re.escape(token)}(?![a-z0-9_-])", values) is not None
    )
