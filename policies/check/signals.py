"""What each signal should say for a policy; the texts are the emitter's, the values are compared with what readers read."""

from collections.abc import Mapping
from typing import Final

from policies import metadata
from policies.check.verdicts import ANY, Wanted
from policies.policy import Licensing, Mining, Policy, Use
from policies.tokens import (
    content_signal,
    content_usage,
    data_mining,
    robots_directives,
    site_tdm_reservation,
    tdm_policy,
    tdm_reservation,
    usage_info,
)
from policies.words import explanation

ROBOTS_TAG, USAGE, SIGNAL = "X-Robots-Tag", "Content-Usage", "Content-Signal"
RESERVATION, TDM_POLICY, LINK = "tdm-reservation", "tdm-policy", "Link"
TERMS_OF_SERVICE, LICENSE = "terms-of-service", "license"
DATA_MINING: Final = "DataMining"

DIRECTIVES: Final = frozenset({"noai", "noimageai", "noindex", "noimageindex", "noarchive"})
_OPPOSITES: Final = (
    Policy(),
    Policy(Use.DENY, Use.ALLOW, Use.ALLOW, Mining.OPEN, Licensing.NONE),
)
_SENTENCES: Final = frozenset(each for policy in _OPPOSITES for each in explanation(policy))
_USAGE_KEYS: Final = frozenset({"train-ai", "search"})
_SIGNAL_KEYS: Final = frozenset({"search", "ai-input", "ai-train"})


def robots_tag(policy: Policy) -> Wanted:
    """The directives of `X-Robots-Tag` and of meta robots."""
    text = robots_directives(policy)
    return Wanted(text, {each: "" for each in text.split(", ") if each}, DIRECTIVES)


def usage(policy: Policy, floor: Policy | None = None) -> Wanted:
    """`Content-Usage`; with a floor as the whole site says it (P-025)."""
    return _listed(content_usage(policy, floor), _USAGE_KEYS)


def signal(policy: Policy, floor: Policy | None = None) -> Wanted:
    """`Content-Signal`; with a floor as the whole site says it."""
    return _listed(content_signal(policy, floor), _SIGNAL_KEYS)


def reservation(policy: Policy) -> Wanted:
    """TDMRep's reservation."""
    return one(RESERVATION, str(tdm_reservation(policy)))


def site_reservation(policy: Policy, floor: Policy) -> Wanted:
    """TDMRep's reservation as NodeInfo says it, nothing where works may differ."""
    stated = site_tdm_reservation(policy, floor)
    return one(RESERVATION, "" if stated is None else str(stated))


def how_to_ask(policy: Policy, base_url: str) -> Wanted:
    """The address of the document that says how to ask, absent where there is nothing to ask (P-121)."""
    return one(TDM_POLICY, tdm_policy(policy, base_url) or "")


def mining(policy: Policy) -> Wanted:
    """The PLUS value, in XMP and in ActivityPub."""
    return one(DATA_MINING, data_mining(policy))


def training_mining(policy: Policy) -> Wanted:
    """The uses that the assertion of Content Credentials names."""
    said = {name: entry["use"] for name, entry in metadata.training_mining(policy).items()}
    return Wanted(", ".join(f"{name}={use}" for name, use in said.items()), said, frozenset(said))


def in_words(base_url: str, key: str) -> Wanted:
    """The address of the policy in words: a link, `usageInfo`, the web statement of a file."""
    return one(key, usage_info(base_url))


def sentences(policy: Policy) -> Wanted:
    """The sentences of the policy's own page, and none that another policy would say there."""
    said = explanation(policy)
    return Wanted(" ".join(said), dict.fromkeys(said, ""), _SENTENCES)


def refused(is_refused: bool) -> Wanted:
    """Whether a crawler gets 403."""
    return one("status", "403" if is_refused else "200")


def one(key: str, value: str) -> Wanted:
    """A signal with a single value, or with none where it is empty."""
    return Wanted("present" if value == ANY else value, {key: value} if value else {}, frozenset({key}))


def closed(is_closed: bool) -> Wanted:
    """Whether robots.txt closes the site to a crawler."""
    return one("crawl", "disallow /" if is_closed else "allow /")


def _listed(text: str, keys: frozenset[str]) -> Wanted:
    values: Mapping[str, str] = dict(part.split("=") for part in text.split(", ") if part)
    return Wanted(text, values, keys)
