"""What an administrator says of single crawlers, by token and column; it stands above every list (P-215)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from policies.crawlers import Crawler, Deny, Origin, Purpose, Robots
from policies.errors import PolicyError

CONFIRMED: Final = "confirmed"
COLUMNS: Final = ("operator", "purpose", "robots", "deny", "verify", "note", CONFIRMED)
_CLOSED: Final = {"purpose": Purpose, "robots": Robots, "deny": Deny}
_MOST_TEXT: Final = 500

Overrides = Mapping[str, Mapping[str, str]]
"""Token to column to value; tokens are compared without regard to case."""


def check(token: str, column: str, value: str) -> None:
    """Raise PolicyError, naming the column, for what no row may hold."""
    if column not in COLUMNS:
        raise PolicyError(column[:40], f"there is no such column; there are {', '.join(COLUMNS)}")
    if column == CONFIRMED and value != "yes":
        raise PolicyError(column, "confirmed is yes, or empty to take it back")
    if not value.isprintable() or len(value) > _MOST_TEXT:
        raise PolicyError(column, f"{column} is one line of at most {_MOST_TEXT} characters")
    _changed(Crawler(token, "", Purpose.UNKNOWN), {column: value})


def applied(rows: Iterable[Crawler], overrides: Overrides) -> tuple[Crawler, ...]:
    """Return the rows as the administrator wants them, with rows of the administrator's own for tokens not listed."""
    wanted = {token.casefold(): (token, columns) for token, columns in overrides.items()}
    found = {row.token.casefold(): row for row in rows}
    for folded, (token, columns) in wanted.items():
        base = found.get(folded)
        if base is None and "purpose" in columns:
            base = Crawler(token, "not published", Purpose.UNKNOWN)
        if base is not None:
            found[folded] = _changed(base, columns)
    return tuple(found[token] for token in sorted(found))


def _changed(row: Crawler, columns: Mapping[str, str]) -> Crawler:
    values: dict[str, Any] = {name: _value(name, text) for name, text in columns.items() if name != CONFIRMED}
    return replace(row, **values, origin=Origin.ADMIN) if values else row


def _value(column: str, text: str) -> Any:
    kind = _CLOSED.get(column)
    if kind is None:
        return text
    try:
        return kind(text)
    except ValueError as error:
        raise PolicyError(column, f"{column} is {', '.join(kind)}; not {text[:40]!r}") from error
