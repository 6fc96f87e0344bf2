"""The policy of the place in words, and the choices a form offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from activitypub.names import FEDICARA, OWN_TERMS
from fedicara.server import Server
from fedicara.web.session import server_of
from fedicara.web.templates import page
from policies import headers, words
from policies.policy import DEFAULT_BOUNDS, FIELDS, INHERIT, UNORDERED, Policy, strictness

FORM_PREFIX = "policy."

_LABELS = {
    "search": "Search engines",
    "ai_train": "Training of generative models",
    "ai_input": "Input to a model",
    "tdm": "Other text and data mining",
    "licensing": "Asking for permission",
    "noarchive": "Cached copies",
    "anonymous_media": "Visitors without an account see",
    "peer_media": "Large pictures go to",
}

_WORDS = {
    ("search", "allow"): "may list it",
    ("search", "deny"): "may not list it",
    ("ai_train", "allow"): "allowed",
    ("ai_train", "deny"): "not allowed",
    ("ai_input", "allow"): "allowed",
    ("ai_input", "deny"): "not allowed",
    ("tdm", "open"): "open",
    ("tdm", "reserved"): "rights reserved",
    ("licensing", "ask"): "a way to ask is published",
    ("licensing", "none"): "no way is published",
    ("noarchive", "off"): "nothing is said",
    ("noarchive", "on"): "not allowed",
    ("anonymous_media", "full"): "large pictures",
    ("anonymous_media", "preview"): "at most 1,080 pixels",
    ("anonymous_media", "none"): "a placeholder",
    ("peer_media", "all"): "every server",
    ("peer_media", "signed"): "servers that sign their requests",
    ("peer_media", "aligned"): "servers with a policy as strict",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer in a form."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a policy in a form; without options the place decides, and `now` says how."""

    field: str
    label: str
    now: str
    options: tuple[Option, ...]


def questions(inherited: Policy, chosen: Mapping[str, str], names: tuple[str, ...] = ()) -> list[Question]:
    """What can be answered, with `inherited` as the answer that is in force without one."""
    return [_question(name, inherited, chosen.get(name, INHERIT)) for name in names or tuple(FIELDS)]


def _question(name: str, inherited: Policy, chosen: str) -> Question:
    now = _WORDS[name, getattr(inherited, name).value]
    allowed = [value for value in FIELDS[name] if _is_allowed(name, value)]
    options = [Option(INHERIT, f"As before it: {now}", chosen == INHERIT)]
    options += [Option(value.value, _WORDS[name, value.value], chosen == value) for value in allowed]
    return Question(name, _LABELS[name], now, tuple(options) if len(allowed) > 1 else ())


def _is_allowed(name: str, value: StrEnum) -> bool:
    floor = getattr(DEFAULT_BOUNDS.floor, name)
    return name in UNORDERED or strictness(value) >= strictness(floor)


def choice(fields: Mapping[str, object]) -> dict[str, str]:
    """The answers in a form, those that inherit left out."""
    return {
        name: value
        for name in FIELDS
        if isinstance(value := fields.get(FORM_PREFIX + name), str) and value != INHERIT
    }


def signals(server: Server, policy: Policy) -> str:
    """Exactly what is sent with a page and stands in its head (P-022)."""
    base_url = server.settings.base_url
    lines = (f"{name}: {value}" for name, value in headers.fields(policy, base_url))
    return "\n".join((*lines, "", headers.meta_html(policy, base_url)))


async def ai_policy(request: Request) -> Response:
    """GET /ai-policy: what this place states, in words and as it is sent."""
    server = server_of(request)
    stated = server.policy()
    values = {"explanation": words.explanation(stated), "signals": signals(server, stated)}
    return page(request, "ai_policy.html", values)


async def vocabulary(request: Request) -> Response:
    """GET /vocabulary: what our own terms in ActivityPub documents mean (F-421)."""
    terms = {name: words for name, (_, words) in OWN_TERMS.items()}
    return page(request, "vocabulary.html", {"namespace": FEDICARA, "terms": terms})
