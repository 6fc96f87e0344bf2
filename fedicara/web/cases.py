"""Cases about AI in the making of a work: the page that tells its artist, and the room of those who decide (P-420)."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import cases, uploads
from fedicara.actions.cases import PROOFS_MOST, WORDS_MOST, Plea
from fedicara.actions.errors import Forbidden, Invalid, NotFound, TooLarge
from fedicara.actions.forms import FormError, parts
from fedicara.actions.roles import moderator
from fedicara.models import AiCase
from fedicara.reads import ai_made as rules
from fedicara.reads import works as reads
from fedicara.reads.access import may_judge
from fedicara.reads.media import media_url
from fedicara.reads.views import WorkView
from fedicara.web.session import (
    STALE,
    check_origin,
    check_token,
    form,
    moderating,
    person,
    server_of,
    signed_in,
    text,
)
from fedicara.web.templates import page, work_path
from policies import ai_made
from policies.cases import HOLDING, OF_ARTIST, Act, Kind, Stage, acts

STAGES: Final[Mapping[Stage, str]] = {
    Stage.HELD: "Held",
    Stage.REVIEW: "Held, the artist asks for a look",
    Stage.UPHELD: "Held, upheld",
    Stage.APPEALED: "Held, a second look is asked for",
    Stage.FINAL: "Held, for good",
    Stage.WITHDRAWN: "Kept as a draft",
    Stage.OPEN: "Published, with a question",
    Stage.ASKED: "The artist was asked",
    Stage.ANSWERED: "Waits for a decision",
    Stage.LABELLED: "Labelled",
    Stage.REMOVED: "Hidden",
    Stage.REMOVAL_APPEALED: "Hidden, a second look is asked for",
    Stage.REMOVAL_FINAL: "Hidden, for good",
    Stage.RELABELLED: "Relabelled by the artist",
    Stage.CLEARED: "Cleared",
}
WHY: Final[Mapping[Kind, str]] = {
    Kind.HOLD: "The file says otherwise than its artist",
    Kind.REPORT: "Reported as made with AI",
    Kind.QUESTION: "The file names AI for a part",
    Kind.HINT: "The file hints at AI",
    Kind.UNREADABLE: "A part of the file could not be read",
}
DECISIONS: Final[Mapping[Act, tuple[str, str]]] = {
    Act.CLEAR: ("Clear it", "It is shown as its artist declared it, and these pictures are not held again."),
    Act.UPHOLD: (
        "Uphold the hold",
        "It stays unpublished. Its artist may ask once more, then somebody else decides.",
    ),
    Act.ASK: ("Ask the artist", "They have seven days to answer. The work stays as it is meanwhile."),
    Act.LABEL: ("Label it", "It bears the label “Made with the help of AI”, set by this place."),
    Act.REMOVE: ("Hide it", "Only its artist sees it, who may ask for a second look."),
}
TEMPLATE: Final = "Could you show how this was made? A picture of the layers, a sketch, or a photograph of the work in progress is enough."


async def told(request: Request, found: WorkView, errors: Mapping[str, str] | None = None) -> Response:
    """The artist's page of a case: which field of which file, and the ways out."""
    case = await cases.of_work(server_of(request), person(request), found.id)
    if case is None and found.state != "draft":
        raise NotFound
    values: dict[str, Any] = {
        "work": found,
        "case": case,
        "stage": STAGES[case.stage] if case else "Kept as a draft",
        "may": {act.value for act in acts(case.stage)} if case else {"relabel"},
        "held": case is not None and case.stage in HOLDING,
        "draft": found.state == "draft",
        "words_of": ai_made.in_words,
        "rules": await rules.rules(server_of(request)),
        "words_most": WORDS_MOST,
        "proofs_most": PROOFS_MOST,
        "errors": errors or {},
    }
    return page(request, "held.html", values, 422 if errors else 200)


async def asks(request: Request, work_id: int) -> bool:
    """Whether the artist can answer something about their own published work."""
    found = await cases.of_work(server_of(request), person(request), work_id)
    return found is not None and any(act in OF_ARTIST for act in acts(found.stage))


@signed_in
async def show(request: Request) -> Response:
    """GET /@NAME/ID/ai."""
    return await told(request, await _own(request))


async def _own(request: Request) -> WorkView:
    found = await reads.work(server_of(request), request.path_params["id"])
    if found is None or found.actor.id != person(request).actor.id:
        raise NotFound
    return found


@signed_in
async def relabel(request: Request) -> Response:
    """POST /@NAME/ID/ai/relabel."""
    fields, found = await form(request), await _own(request)
    try:
        await cases.relabel(server_of(request), person(request), found.id, text(fields, "ai"))
    except Invalid as error:
        return await told(request, found, {error.field: error.sentence})
    return RedirectResponse(work_path(found), 303)


@signed_in
async def withdraw(request: Request) -> Response:
    """POST /@NAME/ID/ai/withdraw."""
    await form(request)
    found = await _own(request)
    try:
        await cases.withdraw(server_of(request), person(request), found.id)
    except Invalid as error:
        return await told(request, found, {error.field: error.sentence})
    return RedirectResponse(work_path(found), 303)


@signed_in
async def plead(request: Request) -> Response:
    """POST /@NAME/ID/ai/appeal and …/confirm: words, and work in progress."""
    check_origin(request)
    found = await _own(request)
    do = cases.appeal if request.url.path.endswith("/appeal") else cases.confirm
    try:
        await do(server_of(request), person(request), found.id, await _plea(request))
    except (Invalid, TooLarge) as error:
        field = error.field if isinstance(error, Invalid) else "pictures"
        return await told(request, found, {field: error.sentence})
    except FormError as error:
        return await told(request, found, {"pictures": str(error)})
    return RedirectResponse(f"{work_path(found)}/ai", 303)


async def _plea(request: Request) -> Plea:
    """Files go to disk as they arrive; nothing is taken before the form's token, which stands first."""
    server, viewer, trusted = server_of(request), person(request), False
    words, pictures = "", []
    async for part in parts(request.stream(), request.headers.get("content-type", "")):
        if part.name == "_token":
            check_token(request, await part.text())
            trusted = True
        elif not trusted:
            raise Forbidden(STALE)
        elif part.is_file:
            if part.filename:
                pictures.append((await uploads.receive(server, viewer, part.chunks())).id)
        elif part.name == "words":
            words = (await part.text()).replace("\r\n", "\n")
    return Plea(words, tuple(pictures))


@moderating
async def queue(request: Request) -> Response:
    """GET /moderation/works: held works and open questions, the most urgent first; `?decided=yes`: those that ended."""
    is_open = "decided" not in request.query_params
    values = {"cases": await cases.queue(is_open=is_open), "is_open": is_open, "stages": STAGES, "why": WHY}
    return page(request, "ai_cases.html", values)


@moderating
async def case(request: Request) -> Response:
    """GET /moderation/works/ID: the work, what its files say, what its artist shows, and what can be decided."""
    return await _case(request, {})


async def _case(request: Request, errors: Mapping[str, str], note: str = "", chosen: str = "") -> Response:
    server, found = server_of(request), await cases.case(request.path_params["id"])
    view = await reads.work(server, found.work_id)
    shown = view if view and await may_judge(server, view, person(request).actor.id) else None
    values: dict[str, Any] = {
        "case": found,
        "cases": await cases.queue(),
        "stages": STAGES,
        "why": WHY,
        "work": shown,
        "proofs": _proofs(request, found),
        "words_of": ai_made.in_words,
        "clearances": await cases.clearances(found.actor_id),
        "decisions": {act: DECISIONS[act] for act in cases.choices(found)},
        "template": TEMPLATE,
        "note": note,
        "note_most": WORDS_MOST,
        "chosen": chosen,
        "errors": errors,
    }
    return page(request, "ai_case.html", values, 422 if errors else 200)


def _proofs(request: Request, found: AiCase) -> list[str]:
    """Addresses of the work in progress that was shown, as far as it is prepared."""
    sizes = [each for proof in found.proofs for each in proof.renditions if each.name == "preview"]
    return [media_url(server_of(request), each.key, public=False) for each in sizes]


@moderating
async def decide(request: Request) -> Response:
    """POST /moderation/works/ID."""
    fields, number = await form(request), request.path_params["id"]
    act, note = text(fields, "decision"), text(fields, "note")
    try:
        await cases.decide(server_of(request), moderator(person(request)), number, act, note)
    except Invalid as error:
        return await _case(request, {error.field: error.sentence}, note, act)
    return RedirectResponse(f"/moderation/works/{number}", 303)
