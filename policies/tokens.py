"""From the policy's fields to the tokens of each vocabulary: the only such mapping (table 1.3)."""

from collections.abc import Callable, Mapping

from policies.policy import Licensing, Mining, Policy, Switch, Use

PLUS_VOCABULARY = "http://ns.useplus.org/ldf/vocab/"

YES_NO = {Use.ALLOW: "yes", Use.DENY: "no"}
Y_N = {Use.ALLOW: "y", Use.DENY: "n"}


def robots_directives(policy: Policy) -> str:
    """Return the directives of `X-Robots-Tag` and meta robots, or an empty string for none.

    No directive ever holds a colon: readers that split at the colon would lose the opt-out (P-104).
    """
    directives: list[str] = []
    if policy.ai_train is Use.DENY:
        directives += ["noai", "noimageai"]
    if policy.search is Use.DENY:
        directives += ["noindex", "noimageindex"]
    if policy.noarchive is Switch.ON:
        directives += ["noarchive"]
    return ", ".join(directives)


def content_usage(policy: Policy, floor: Policy | None = None) -> str:
    """Return the `Content-Usage` dictionary (AIPREF vocabulary, RFC 9651 syntax), both keys in fixed order.

    With a floor the statement is site-wide: keys that works may differ in are left out (P-025), so the
    result may be empty.
    """
    return _listed({"train-ai": "ai_train", "search": "search"}, Y_N, policy, floor)


def content_signal(policy: Policy, floor: Policy | None = None) -> str:
    """Return the Content Signals list, all three keys in fixed order; with a floor as `content_usage`."""
    fields = {"search": "search", "ai-input": "ai_input", "ai-train": "ai_train"}
    return _listed(fields, YES_NO, policy, floor)


def tdm_reservation(policy: Policy) -> int | None:
    """Return 1 if mining or training is reserved, else 0; TDMRep has no split by purpose. None if nobody stated it."""
    if policy.tdm is Mining.RESERVED or policy.ai_train is Use.DENY:
        return 1
    return None if "tdm" in policy.unknown else 0


def site_tdm_reservation(policy: Policy, floor: Policy) -> int | None:
    """Return the site-wide reservation, or None where works may differ (P-025)."""
    if tdm_reservation(floor):
        return 1
    return None if tdm_reservation(policy) else 0


def tdm_policy(policy: Policy, base_url: str) -> str | None:
    """Return the address of the document that says how to ask, or None if there is nothing to ask (P-121)."""
    if tdm_reservation(policy) and policy.licensing is Licensing.ASK:
        return f"{base_url}/policies/{policy.offer}"
    return None


def usage_info(base_url: str) -> str:
    """Return the address of the page that says the policy in words."""
    return f"{base_url}/ai-policy"


def data_mining(policy: Policy) -> str:
    """Return the IRI of the PLUS Data Mining value (IPTC 2023.1): the first rule of the table that holds."""
    return next(PLUS_VOCABULARY + value for value, holds in _DATA_MINING if holds(policy))


def needs_constraint(policy: Policy) -> bool:
    """Tell whether the PLUS value only points to a text, which must then stand beside it."""
    return data_mining(policy).endswith("SEECONSTRAINT")


def site_wide(fields: Mapping[str, str], default: Policy, floor: Policy) -> dict[str, Use]:
    """Return what a whole site says under each key; without those that works may differ in (P-025)."""
    stated = {key: _stated(field, default, floor) for key, field in fields.items()}
    return {key: use for key, use in stated.items() if use}


def _listed(fields: dict[str, str], words: dict[Use, str], policy: Policy, floor: Policy | None) -> str:
    stated = site_wide(fields, policy, floor or policy)
    return ", ".join(f"{key}={words[use]}" for key, use in stated.items())


def _stated(field: str, policy: Policy, floor: Policy) -> Use | None:
    if field in policy.unknown:
        return None
    if getattr(floor, field) is Use.DENY:
        return Use.DENY
    return Use.ALLOW if getattr(policy, field) is Use.ALLOW else None


_DATA_MINING: tuple[tuple[str, Callable[[Policy], bool]], ...] = (
    (
        "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
        lambda p: p.tdm is Mining.RESERVED and p.search is Use.ALLOW,
    ),
    ("DMI-PROHIBITED", lambda p: p.search is Use.DENY and bool(tdm_reservation(p))),
    ("DMI-PROHIBITED-GENAIMLTRAINING", lambda p: p.ai_train is Use.DENY),
    ("DMI-PROHIBITED-SEECONSTRAINT", lambda p: Use.DENY in (p.ai_input, p.search)),
    ("DMI-ALLOWED", lambda p: True),
)
