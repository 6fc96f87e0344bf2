"""The policy in words for people: what is stated, never what will happen (P-700)."""

from policies.policy import Licensing, Mining, Policy, Use
from policies.statements import Statement, tightened
from policies.tokens import tdm_reservation

_PHRASES: dict[tuple[str, str], str] = {
    ("ai_train", Use.DENY): "no AI training",
    ("ai_train", Use.ALLOW): "AI training allowed",
    ("ai_input", Use.DENY): "no use as AI input",
    ("ai_input", Use.ALLOW): "use as AI input allowed",
    ("tdm", Mining.RESERVED): "text and data mining reserved",
    ("tdm", Mining.OPEN): "other text and data mining open",
    ("search", Use.DENY): "no listing by search engines",
}

_EXPLANATIONS: dict[tuple[str, str], str] = {
    ("ai_train", Use.DENY): "Training of models that generate pictures, text or other content: not allowed.",
    ("ai_train", Use.ALLOW): "Training of models that generate pictures, text or other content: allowed.",
    ("ai_input", Use.DENY): "Use as input to a model, for instance to imitate or to caption: not allowed.",
    ("ai_input", Use.ALLOW): "Use as input to a model, for instance to imitate or to caption: allowed.",
    ("tdm", Mining.RESERVED): "Every other text and data mining: rights reserved.",
    ("tdm", Mining.OPEN): "Every other text and data mining: open.",
    ("search", Use.DENY): "Listing by search engines: not allowed.",
    ("search", Use.ALLOW): "Listing by search engines that link back: allowed.",
    ("licensing", Licensing.ASK): "Permission can be asked for.",
}

RESERVED_BY_LAW = "Rights reserved in machine-readable form (Art. 4(3) of Directive (EU) 2019/790)."
LINE = "AI use"
LIMIT = "Crawlers that hide who they are are not stopped by this."


def sentence(policy: Policy, subject: str = "This work") -> str:
    """Return the one line for a page: 'This work states: no AI training, …'."""
    phrases = _worded(policy, _PHRASES)
    return (
        f"{subject} states: {', '.join(phrases)}."
        if phrases
        else f"{subject} states nothing about use by AI."
    )


def already(subject: str, statement: Statement) -> str:
    """Return what a statement denies, to who is about to publish what it came with; empty where it denies nothing."""
    denied = tightened({}, statement)
    if denied.get("tdm") == Mining.RESERVED:
        denied |= {"ai_train": Use.DENY}  # P-011
    phrases = [text for (field, value), text in _PHRASES.items() if denied.get(field) == value]
    if not phrases:
        return ""
    return f"{subject} already says: {', '.join(phrases)}. You can be stricter here, not looser."


def in_short(policy: Policy) -> str:
    """Return what a line elsewhere says after its name, 'AI use': the one thing that most people ask (P-149)."""
    return "no training" if policy.ai_train is Use.DENY else "training allowed"


def explanation(policy: Policy) -> tuple[str, ...]:
    """Return the sentences of the policy's own page, one per field, with what they rest on and their limit."""
    reserved = (RESERVED_BY_LAW,) if tdm_reservation(policy) else ()
    return (*_worded(policy, _EXPLANATIONS), *reserved, LIMIT)


def rights(policy: Policy, own: str | None = None) -> str | None:
    """Return the rights line of a file: the artist's own text first, then the reserved sentence (P-133).

    The sentence is added only if something is reserved, and never twice; None if there is nothing to say.
    """
    own = (own or "").strip()
    reserved = _reserved(policy)
    if not reserved or reserved in own:
        return own or None
    if own and own[-1] not in ".!?…":
        own += "."
    return f"{own} {reserved}".strip()


def constraint(policy: Policy) -> str:
    """Return the text that stands beside a PLUS value which only points to a constraint."""
    fields = {"ai_input": "No use as input to AI models.", "search": "No listing by search engines."}
    return " ".join(text for field, text in fields.items() if getattr(policy, field) is Use.DENY)


def _worded(policy: Policy, table: dict[tuple[str, str], str]) -> list[str]:
    return [
        text
        for (field, value), text in table.items()
        if field not in policy.unknown and getattr(policy, field) == value
    ]


def _reserved(policy: Policy) -> str:
    if policy.tdm is Mining.RESERVED:
        return "AI training and data mining reserved."
    return "AI training reserved." if policy.ai_train is Use.DENY else ""
