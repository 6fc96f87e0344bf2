"""The policy of the place in words, and the choices a form offers."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from activitypub.names import FEDICARA, OWN_TERMS
from fedicara.actions import ledger, policy_history
from fedicara.reads.ai_made import rules
from fedicara.server import Server
from fedicara.web.session import person, server_of, signed_in
from fedicara.web.templates import page
from policies import ai_made, headers, words
from policies.policy import FIELDS, INHERIT, Bounds, Policy, is_within

FORM_PREFIX = "policy."

LABELS = {
    "search": "Search engines",
    "ai_train": "Training of generative models",
    "ai_input": "Input to a model",
    "tdm": "Other text and data mining",
    "licensing": "Asking for permission",
    "noarchive": "Cached copies",
    "anonymous_media": "Visitors without an account see",
    "peer_media": "Large pictures go to",
}

WORDS = {
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
    """One field of a policy in a form; without options the place decides, and `now` says how.

    `bounded` says what holds in place of an answer that the place no longer permits (P-016).
    """

    field: str
    label: str
    now: str
    options: tuple[Option, ...]
    bounded: str = ""


def questions(bounds: Bounds, inherited: Policy, chosen: Mapping[str, str]) -> list[Question]:
    """What can be answered, with `inherited` as the answer that is in force without one."""
    return [_question(bounds, name, inherited, chosen.get(name, INHERIT)) for name in FIELDS]


def _question(bounds: Bounds, name: str, inherited: Policy, chosen: str) -> Question:
    now = WORDS[name, getattr(inherited, name).value]
    values = [value for value in FIELDS[name] if is_within(name, value, bounds)]
    kept = [value for value in FIELDS[name] if value == chosen and value not in values]
    options = [Option(INHERIT, f"As before it: {now}", chosen == INHERIT)]
    options += [Option(value.value, WORDS[name, value.value], chosen == value) for value in (*kept, *values)]
    bounded = WORDS[name, values[0].value] if kept else ""
    is_asked = len(values) > 1 or bool(kept)
    return Question(name, LABELS[name], now, tuple(options) if is_asked else (), bounded)


def choice(fields: Mapping[str, object]) -> dict[str, str]:
    """The answers in a form, those that inherit left out."""
    return {
        name: value
        for name in FIELDS
        if isinstance(value := fields.get(FORM_PREFIX + name), str) and value != INHERIT
    }


def signals(server: Server, policy: Policy, licence_url: str | None = None) -> str:
    """Exactly what is sent with a page and stands in its head (P-022)."""
    base_url, rsl = server.settings.base_url, server.settings.rsl
    sent = headers.fields(policy, base_url, licence_url=licence_url, rsl=rsl)
    lines = (f"{name}: {value}" for name, value in sent)
    return "\n".join((*lines, "", headers.meta_html(policy, base_url)))


async def ai_policy(request: Request) -> Response:
    """GET /ai-policy: what this place states, in words and as it is sent."""
    server = server_of(request)
    stated = server.policy()
    values = {
        "explanation": words.explanation(stated),
        "ai_made": (*ai_made.sentences(await rules(server)), ai_made.WHO_SAYS),
        "refused": await ledger.months(server),
        "signals": signals(server, stated),
    }
    return page(request, "ai_policy.html", values)


async def vocabulary(request: Request) -> Response:
    """GET /vocabulary: what our own terms in ActivityPub documents mean (F-421)."""
    terms = {name: words for name, (_, words) in OWN_TERMS.items()}
    return page(request, "vocabulary.html", {"namespace": FEDICARA, "terms": terms})


@signed_in
async def history(request: Request) -> Response:
    """GET /settings/policy-history.json: evidence of what was stated since when (P-019)."""
    found = await policy_history.evidence(server_of(request), person(request))
    headers = {"content-disposition": "attachment", "cache-control": "private, no-store"}
    return JSONResponse(found, headers=headers)
