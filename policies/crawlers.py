"""The table of crawlers that name themselves, and the matching of User-Agent values against it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

import msgspec

from policies.errors import PolicyError
from policies.policy import Policy, Use

TOKEN = re.compile(r"[A-Za-z0-9._-][A-Za-z0-9 ._-]{1,62}[A-Za-z0-9._-]")
VERIFY = re.compile(r"none|rdns:[a-z0-9.-]{3,253}|ip:[!-~]{1,500}|wba:https://[a-z0-9.:-]{3,255}")
MATCHED_BYTES = 512
REMEMBERED = 4_096


class Purpose(StrEnum):
    """What a crawler gathers for, as its operator says."""

    TRAINING = "training"
    DATASET = "dataset"
    SCRAPER = "scraper"
    AI_SEARCH = "ai_search"
    ASSISTANT = "assistant"
    SEARCH = "search"
    PREVIEW = "preview"
    ARCHIVE = "archive"
    FEED = "feed"
    MONITOR = "monitor"
    UNKNOWN = "unknown"


class Robots(StrEnum):
    """How robots.txt names a crawler; `none` leaves it to the group of everyone."""

    BY_POLICY = "by_policy"
    DISALLOW = "disallow"
    OPEN = "open"
    NONE = "none"


class Deny(StrEnum):
    """Whether requests of a crawler are refused."""

    BY_POLICY = "by_policy"
    ALWAYS = "always"
    NEVER = "never"


class Origin(StrEnum):
    """Whose row it is; an administrator's stands above an imported one, that above ours."""

    SHIPPED = "shipped"
    IMPORTED = "imported"
    ADMIN = "admin"


FOLLOWS = {
    Purpose.TRAINING: "ai_train",
    Purpose.DATASET: "ai_train",
    Purpose.SCRAPER: "ai_train",
    Purpose.UNKNOWN: "ai_train",
    Purpose.AI_SEARCH: "ai_input",
    Purpose.ASSISTANT: "ai_input",
    Purpose.SEARCH: "search",
}
"""The policy field each purpose follows; the others follow nothing (P-200)."""

NEVER_MATCHED = frozenset(
    {"code", "spider", "openai", "operator", "cursor", "wpbot", "applebot", "facebookexternalhit"}
)
"""Tokens never used for a refusal: too general, or wanted search and link previews (P-203)."""


@dataclass(frozen=True, slots=True)
class Crawler:
    """One row of the table (3.1); `verify` says how a claim of the token could be checked."""

    token: str
    operator: str
    purpose: Purpose
    robots: Robots = Robots.BY_POLICY
    deny: Deny = Deny.BY_POLICY
    verify: str = "none"
    origin: Origin = Origin.SHIPPED
    note: str = ""
    source: str = ""
    updated_at: date | None = None

    def __post_init__(self) -> None:
        # A token with a line end, '#', ':' or '*' could write rules of its own into robots.txt (P-212).
        if not TOKEN.fullmatch(self.token):
            raise PolicyError(
                "token", f"{self.token[:80]!r} is not 3 to 64 letters, digits, spaces, '.', '_' or '-'"
            )
        if not VERIFY.fullmatch(self.verify):
            raise PolicyError("verify", "verify is none, rdns:SUFFIX, ip:LIST or wba:https://ORIGIN")


def denied_field(crawler: Crawler, policy: Policy) -> str | None:
    """Return the field the crawler's purpose follows if the policy denies it, else None (P-201)."""
    field = FOLLOWS.get(crawler.purpose)
    return field if field and getattr(policy, field) is Use.DENY else None


class Matcher:
    """Finds the row a User-Agent value names, with one compiled expression (P-203, P-204)."""

    def __init__(self, table: Sequence[Crawler]) -> None:
        folded = {row.token.casefold().encode("ascii"): row for row in reversed(table)}
        self._rows = {token: row for token, row in folded.items() if token.decode() not in NEVER_MATCHED}
        tokens = b"|".join(re.escape(token) for token in sorted(self._rows, key=len, reverse=True))
        # An empty table must match nothing, and an empty alternation would match everything.
        names = tokens or rb"(?!)"
        boundaries = rb"(?<![A-Za-z0-9_-])(?:" + names + rb")(?![A-Za-z0-9_-])"
        self._pattern = re.compile(boundaries, re.IGNORECASE)
        # Most requests come with a value that was seen a moment ago.
        self._named = lru_cache(REMEMBERED)(self._search)

    def match(self, user_agent: bytes | str) -> Crawler | None:
        """Return the first row named within the first 512 bytes of a User-Agent value, or None."""
        value = user_agent.encode("latin-1", "replace") if isinstance(user_agent, str) else user_agent
        return self._named(value[:MATCHED_BYTES])

    def _search(self, value: bytes) -> Crawler | None:
        found = self._pattern.search(value)
        return self._rows[found[0].lower()] if found else None


TABLE: tuple[Crawler, ...] = msgspec.json.decode(
    files("policies").joinpath("crawlers.json").read_bytes(), type=tuple[Crawler, ...]
)
"""The shipped table: our own compilation, read once from the data file beside this module (P-202)."""
