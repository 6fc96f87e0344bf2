"""From a request's crawler and surface to an answer: allow or refuse."""

from dataclasses import dataclass
from enum import StrEnum

from policies.crawlers import FOLLOWS, Crawler, Deny, denied_field
from policies.policy import Policy
from policies.tokens import usage_info


class Surface(StrEnum):
    """The class of a route; only pages, pictures and feeds consult the table (P-207 to P-209).

    `OPEN` stands for what never refuses: well-known paths, robots.txt, policy documents, static files.
    """

    HTML = "html"
    MEDIA = "media"
    FEED = "feed"
    ACTIVITYPUB = "activitypub"
    API = "api"
    OPEN = "open"


class Reason(StrEnum):
    """Why a request was refused, for the ledger (P-225)."""

    POLICY = "policy"
    ALWAYS = "always"
    SPOOF = "spoof"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Allow:
    """The request may be answered."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The request is refused for a policy field (None if the row refuses whatever the policy says)."""

    field: str | None
    sentence: str
    reason: Reason


GUARDED = frozenset({Surface.HTML, Surface.MEDIA, Surface.FEED})

REASONS = {
    "ai_train": " for AI training",
    "ai_input": " as AI input",
    "search": " for search indexing",
    None: "",
}


def verdict(policy: Policy, crawler: Crawler | None, surface: Surface) -> Allow | Refuse:
    """Decide a request by the effective policy of what it asks for (P-201).

    `crawler` is the row its User-Agent value names, None for everybody else. Surfaces outside
    pages, pictures and feeds are always allowed here: signatures and blocks decide those.
    """
    if crawler is None or surface not in GUARDED or crawler.deny is Deny.NEVER:
        return Allow()
    field = FOLLOWS.get(crawler.purpose) if crawler.deny is Deny.ALWAYS else denied_field(crawler, policy)
    if field is None and crawler.deny is Deny.BY_POLICY:
        return Allow()
    always = crawler.deny is Deny.ALWAYS
    return Refuse(field, refusal_sentence(field), Reason.ALWAYS if always else Reason.POLICY)


def may_refuse(crawler: Crawler, surface: Surface) -> bool:
    """Say whether any policy would refuse this crawler here, so that nobody has to look up which one is in force."""
    if surface not in GUARDED or crawler.deny is Deny.NEVER:
        return False
    return crawler.deny is Deny.ALWAYS or crawler.purpose in FOLLOWS


SPOOF = Refuse("search", "Automated access under the name of another is refused here.", Reason.SPOOF)
"""For who claims the name of a search crawler and fails its check (P-242)."""


def refusal_sentence(field: str | None) -> str:
    """Return the sentence that names the field, and nothing else (P-221)."""
    return f"Automated access{REASONS[field]} is refused here."


def refusal_text(sentence: str, base_url: str) -> str:
    """Return the whole body of a refusal, plain text (P-220)."""
    return f"{sentence} Policy: {usage_info(base_url)}"
