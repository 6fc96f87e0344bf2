"""The rules of the place about works made with AI, and what they and the files make of a work that is ready (section 5.3)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fedicara.actions import audit
from fedicara.actions.errors import Invalid
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.models import Actor, AiCase, AiRule, Clearance, Picture, Tag, Work
from fedicara.models.works import State
from fedicara.reads import ai_made as reads
from fedicara.server import Server
from media.fingerprint import distance
from policies import ai_made, cases
from policies.ai_made import Declaration, Outcome, RemoteRule, Rule
from policies.cases import Kind, Stage

LAPSE: Final = "ai-lapse"
NEAR: Final = 4
THE_SCAN: Final = "the scan of uploads"
_CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "generated": tuple(Rule),
    "assisted": tuple(Rule),
    "remote": tuple(RemoteRule),
}
_STATES: Final[Mapping[str, tuple[State, State]]] = {
    RemoteRule.HIDE: (State.PUBLISHED, State.AI_MADE),
    RemoteRule.LABEL: (State.AI_MADE, State.PUBLISHED),
}


def check_rules(wanted: Mapping[str, str]) -> None:
    """`Invalid` names a rule that there is not."""
    for about, rule in wanted.items():
        if rule not in _CHOICES.get(about, ()):
            raise Invalid(about, f"Say one of {', '.join(_CHOICES.get(about, _CHOICES))}.")


async def set_rules(server: Server, who: str, wanted: Mapping[str, str]) -> None:
    """Set rules of the place by name; works that are out already stay, those of other servers are shown or hidden anew."""
    check_rules(wanted)
    async with server.database.transaction():
        for about, rule in wanted.items():
            await AiRule.update_or_create(about=about, defaults={"rule": rule})
        if old_and_new := _STATES.get(wanted.get("remote", "")):
            old, new = old_and_new
            theirs = Work.filter(state=old, ai__in=ai_made.MADE_WITH_AI).exclude(actor__domain="")
            await theirs.update(state=new)
        await audit.note(who, "ai-made set", server.settings.domain, **wanted)


async def check_rule(server: Server, declaration: str) -> None:
    """`Invalid` where the place does not take works with this declaration (P-402)."""
    stated = Declaration(declaration)
    if (await reads.rules(server)).of(stated) is Rule.FORBID:
        what = "generated with AI" if stated is Declaration.GENERATED else "made with the help of AI"
        raise Invalid("ai", f"This place takes no works that were {what}.")


def declared(draft: str, account: str, pictures: Sequence[Picture]) -> str:
    """What a work declares: what was said with it, else with its pictures, else the account's answer; the strictest counts.

    A post without pictures declares nothing.
    """
    if not pictures:
        return draft
    said = [Declaration(each) for each in (draft, *(picture.ai for picture in pictures)) if each]
    return ai_made.strictest(said) or account


async def evidence_of(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """What the files of a work say, without those that were cleared for its artist (P-422)."""
    found = []
    for picture in pictures:
        said = evidence(picture)
        if said and not await _is_cleared(picture):
            found += [{"picture": picture.position, **each} for each in said]
    return found


def evidence(picture: Picture) -> list[dict[str, Any]]:
    """What the scan of a picture found."""
    return list(_scanned(picture).get("evidence", ()))


def _scanned(picture: Picture) -> Mapping[str, Any]:
    return picture.report.get("provenance") or {}


async def _is_cleared(picture: Picture) -> bool:
    own = picture.report.get("fingerprint") or {}
    for each in await Clearance.filter(actor_id=picture.actor_id):
        if each.pixels == own.get("pixels") or distance(each.perceptual, own.get("perceptual", "")) <= NEAR:
            return True
    return False


async def classes(picture: Picture) -> list[str]:
    """The classes of what a picture's file says, for its derivatives (P-431)."""
    found = [each["class"] for each in evidence(picture)]
    return [] if found and await _is_cleared(picture) else found


async def judge(server: Server, work: Work, pictures: Sequence[Picture]) -> State:
    """Where a work that is ready goes: out, held, or back to its artist; opens the case; inside the caller's transaction.

    What is said to single people is judged by nobody.
    """
    if work.visibility == "direct" or not pictures:
        return State.PUBLISHED
    stated = Declaration(work.ai or Declaration.NONE)
    if (await reads.rules(server)).of(stated) is Rule.FORBID:
        return State.DRAFT
    follows, found = await _outcome(work, stated)
    if follows is Outcome.HOLD:
        await open_case(server, work, Kind.HOLD, found, THE_SCAN)
        return State.HELD
    kind = _KINDS.get(follows) or (Kind.UNREADABLE if any(map(_is_unreadable, pictures)) else None)
    if kind is not None:
        await open_case(server, work, kind, found, THE_SCAN)
    return State.PUBLISHED


_KINDS: Final = {Outcome.QUESTION: Kind.QUESTION, Outcome.CASE: Kind.HINT}


def _is_unreadable(picture: Picture) -> bool:
    return bool(_scanned(picture).get("unreadable"))


async def check_edit(server: Server, work: Work, declaration: str) -> None:
    """`Invalid` where a work may not come to declare this: against the rule, its file, or a label of moderators."""
    if declaration in ("", work.ai):
        return
    if work.state in (State.HELD, State.DRAFT):
        raise Invalid("ai", "Say this on the page that tells why the work is not out.")
    await check_rule(server, declaration)
    stated, before = Declaration(declaration), Declaration(work.ai or Declaration.NONE)
    if work.ai_said and ai_made.strictest((stated, before)) is before:
        raise Invalid("ai", "The people who look after this place set this label; only they take it back.")
    follows, found = await _outcome(work, stated)
    if follows is Outcome.HOLD:
        raise Invalid(
            "ai", f"{ai_made.in_words(found[0]['field'])} Ask the people who look after this place."
        )


async def edited(server: Server, work: Work, before: str) -> None:
    """A work that is out declares something else: what was asked is answered, or is asked now; inside the transaction."""
    if work.ai == before:
        return
    await tag(work)
    follows, found = await _outcome(work, Declaration(work.ai))
    if follows is Outcome.QUESTION and work.state == State.PUBLISHED:
        await open_case(server, work, Kind.QUESTION, found, THE_SCAN)
    elif follows is Outcome.BY_POLICY:
        artist = await Actor.get(id=work.actor_id)
        asked = (Stage.OPEN, Stage.ASKED, Stage.ANSWERED)
        for case in await AiCase.filter(work_id=work.id, stage__in=asked):
            await move(server, case, cases.Act.RELABEL, artist.username, work.ai)


async def _outcome(work: Work, stated: Declaration) -> tuple[Outcome, list[dict[str, Any]]]:
    found = await evidence_of(await Picture.filter(work_id=work.id, shows_id=None))
    return ai_made.outcome(ai_made.strength(each["class"] for each in found), stated), found


async def open_case(
    server: Server, work: Work, kind: Kind, found: Sequence[Mapping[str, Any]], who: str
) -> AiCase:
    """The case of a work: a new one, unless one of the same kind is under way already."""
    begins = {Kind.HOLD: Stage.HELD, Kind.REPORT: Stage.ASKED}.get(kind, Stage.OPEN)
    known = await AiCase.filter(work_id=work.id, kind=kind, stage__in=cases.WAITING).first()
    if known is not None:
        return known
    raised = max([each.review for each in await Picture.filter(work_id=work.id)], default=0)
    case = AiCase(
        work_id=work.id,
        actor_id=work.actor_id,
        kind=kind,
        stage=begins,
        priority=cases.PRIORITIES[kind] + raised,
        evidence=list(found),
        created=server.now(),
    )
    await _enter(server, case, who, kind, "")
    return case


async def ask(server: Server, who: str, uris: Sequence[str], actor_id: int) -> int:
    """Ask the artist of this place about works that were reported; how many there are."""
    works = await Work.filter(uri__in=list(uris), actor_id=actor_id, actor__domain="", state=State.PUBLISHED)
    for work in works:
        found = await evidence_of(await Picture.filter(work_id=work.id, shows_id=None))
        await open_case(server, work, Kind.REPORT, found, who)
    return len(works)


async def move(server: Server, case: AiCase, act: cases.Act, who: str, words: str = "") -> None:
    """Let a case take the step that an act leads to, and write it down; `Invalid` where it cannot be done now."""
    following = cases.moved(case.stage, act)
    if following is None:
        raise Invalid("decision", "That cannot be done with this case now.")
    case.stage = following
    if following in cases.CONTESTED:
        case.priority = cases.APPEALED
    await _enter(server, case, who, act, words)


async def _enter(server: Server, case: AiCase, who: str, act: str, words: str) -> None:
    """A stage begins: the row, the audit log, and the job that ends it where it ends by itself."""
    case.since = server.now()
    entry = {"at": case.since.isoformat(), "who": who, "act": act, "stage": case.stage, "words": words}
    case.course = [*case.course, entry]
    await case.save()
    work = await Work.get(id=case.work_id)
    await audit.note(who, f"cases {act}", work.uri, case=str(case.id), stage=case.stage, comment=words)
    if (patience := cases.PATIENCE.get(case.stage)) is not None:
        order = Order(LAPSE, {"case": case.id, "stage": case.stage}, delay=patience.total_seconds())
        await LeaseTable(server).enqueue(order)


async def tag(work: Work) -> None:
    """Let a work bear the hashtag of works made with AI, or no longer (P-430); inside the caller's transaction."""
    name = ai_made.HASHTAG.lower()
    if reads.is_made_with_ai(work.ai):
        await Tag.get_or_create(work_id=work.id, name=name)
    else:
        await Tag.filter(work_id=work.id, name=name).delete()
