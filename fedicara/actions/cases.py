"""Cases about AI in the making of a work: what their artists and those who look after the place do with them (P-420 to P-423)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fedicara.actions import ai_made, moderation, uploads
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Forbidden, Invalid, NotFound, checked_text
from fedicara.actions.preparation import settle, tell_again
from fedicara.actions.roles import Moderator
from fedicara.jobs.queue import Claim
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Account, AiCase, Clearance, Picture, Work
from fedicara.models.accounts import Role
from fedicara.models.works import State
from fedicara.reads import ai_made as reads
from fedicara.server import Server
from policies import cases
from policies.ai_made import MADE_WITH_AI, Declaration, Rule, Said
from policies.cases import Act, Stage

WORDS_MOST: Final = 2_000
PROOFS_MOST: Final = 6
SHOWN: Final = 100
TIME: Final = "time"


@dataclass(frozen=True, slots=True)
class Plea:
    """What an artist says for a work, and uploads that show it in progress."""

    words: str = ""
    pictures: tuple[int, ...] = ()


async def of_work(server: Server, viewer: Viewer, work_id: int) -> AiCase | None:
    """The newest case of one's own work, if there is one."""
    found = AiCase.filter(work_id=work_id, actor_id=viewer.actor.id).order_by("-id")
    return await found.first().prefetch_related("proofs__renditions", "work", "actor")


async def relabel(server: Server, viewer: Viewer, work_id: int, ai: str) -> Work:
    """Declare AI after all; what was held or kept as a draft goes out by the rule of the place, or stays a draft."""
    if ai not in (*MADE_WITH_AI, Declaration.NONE.value):
        raise Invalid("ai", "Say one of none, assisted, generated.")
    work, case = await _own(server, viewer, work_id)
    if work.state == State.PUBLISHED:
        await ai_made.check_edit(server, work, ai)
    elif case is not None and ai == Declaration.NONE:
        raise Invalid("ai", "That is what you said already. Ask for another look instead.")
    async with server.database.transaction():
        if case is not None and case.stage not in (Stage.RELABELLED, Stage.WITHDRAWN):
            await ai_made.move(server, case, Act.RELABEL, viewer.actor.username, ai)
        work.ai = ai
        await Picture.filter(work_id=work.id).update(ai="")
        await ai_made.tag(work)
        if work.state == State.PUBLISHED:
            await work.save(update_fields=["ai"])
            await _say_again(server, work)
        else:
            await _submit(server, work)
    return await Work.get(id=work.id)


async def _submit(server: Server, work: Work) -> None:
    """Let a work go where it goes now, as if it had just been posted."""
    work.state = State.PROCESSING
    await work.save()
    await settle(server, work)


async def _say_again(server: Server, work: Work) -> None:
    """The label changed of a work that is out: tell everybody, and mark its pictures anew."""
    await tell_again(server, work)
    for picture in await Picture.filter(work_id=work.id, shows_id=None):
        await uploads.enqueue(server, picture)


async def appeal(server: Server, viewer: Viewer, work_id: int, plea: Plea) -> AiCase:
    """Ask for a look by people, or for a second one, with words and work in progress."""
    if not plea.words.strip():
        raise Invalid("words", "Say in a few words how the work was made.")
    return await _plead(server, viewer, work_id, Act.APPEAL, plea)


async def confirm(server: Server, viewer: Viewer, work_id: int, plea: Plea) -> AiCase:
    """Stay with what one declared."""
    return await _plead(server, viewer, work_id, Act.CONFIRM, plea)


async def _plead(server: Server, viewer: Viewer, work_id: int, act: Act, plea: Plea) -> AiCase:
    checked_text("words", plea.words, WORDS_MOST)
    _, case = await _own(server, viewer, work_id)
    if case is None:
        raise NotFound
    async with server.database.transaction():
        proofs = Picture.filter(id__in=list(plea.pictures), actor_id=viewer.actor.id, work_id=None, use="")
        if len(plea.pictures) > PROOFS_MOST or await proofs.count() != len(set(plea.pictures)):
            raise Invalid("pictures", f"At most {PROOFS_MOST} pictures of your own, in no other work.")
        await ai_made.move(server, case, act, viewer.actor.username, plea.words.strip())
        await proofs.update(case_id=case.id)
    return case


async def withdraw(server: Server, viewer: Viewer, work_id: int) -> Work:
    """Keep a held work as a draft that nobody else sees."""
    work, case = await _own(server, viewer, work_id)
    if case is None:
        raise NotFound
    async with server.database.transaction():
        await ai_made.move(server, case, Act.WITHDRAW, viewer.actor.username)
        await Work.filter(id=work.id).update(state=State.DRAFT)
    return await Work.get(id=work.id)


async def _own(server: Server, viewer: Viewer, work_id: int) -> tuple[Work, AiCase | None]:
    """One's own work that has a case or is a draft; `NotFound` for everything else."""
    work = await Work.get_or_none(id=work_id, actor_id=viewer.actor.id)
    case = await of_work(server, viewer, work_id) if work is not None else None
    if work is None or (case is None and work.state != State.DRAFT):
        raise NotFound
    return work, case


async def queue(*, is_open: bool = True, limit: int = SHOWN) -> Sequence[AiCase]:
    """Cases in which those who look after the place may do something, the most urgent first; else those that ended."""
    if is_open:
        found = AiCase.filter(stage__in=cases.WAITING).order_by("-priority", "id")
    else:
        found = AiCase.exclude(stage__in=cases.WAITING).order_by("-id")
    return await found.limit(limit).prefetch_related("work", "actor")


async def case(case_id: int) -> AiCase:
    """One case with its work, its artist and what they showed."""
    found = await AiCase.get_or_none(id=case_id).prefetch_related("work", "actor", "proofs__renditions")
    if found is None:
        raise NotFound
    return found


async def clearances(actor_id: int) -> Sequence[Clearance]:
    """What was cleared for an artist before, newest first."""
    return await Clearance.filter(actor_id=actor_id).order_by("-id").limit(20)


def choices(found: AiCase) -> list[Act]:
    """What can be decided now."""
    return [act for act in cases.acts(found.stage) if act in cases.OF_MODERATOR]


async def decide(server: Server, by: Moderator, case_id: int, act: str, words: str = "") -> AiCase:
    """Decide about a case; a moderator decides neither about own works nor a second time, if there is another (P-421)."""
    if act not in cases.OF_MODERATOR:
        raise Invalid("decision", f"Say one of {', '.join(cases.OF_MODERATOR)}.")
    checked_text("note", words, WORDS_MOST)
    found = await case(case_id)
    await _check_may_decide(by, found)
    async with server.database.transaction():
        await ai_made.move(server, found, Act(act), by.name, words)
        if act in (Act.UPHOLD, Act.REMOVE):
            found.decided_by = by.name
            await found.save(update_fields=["decided_by"])
        await _EFFECTS.get(Act(act), _nothing)(server, by, found)
    return found


async def _check_may_decide(by: Moderator, found: AiCase) -> None:
    decided = found.stage in cases.CONTESTED and found.decided_by == by.name
    if not decided and by.name != found.actor.username:
        return
    others = Account.exclude(role=Role.ARTIST).filter(actor__suspended=None)
    if await others.exclude(actor__username=by.name).exclude(actor_id=found.actor_id).exists():
        raise Forbidden("Somebody else who looks after this place decides this one.")


async def _nothing(server: Server, by: Moderator, found: AiCase) -> None:
    """The case itself is all that changes."""


async def _clear(server: Server, by: Moderator, found: AiCase) -> None:
    """The pictures are not held again, and the work goes out or stays out (P-422)."""
    for picture in await Picture.filter(work_id=found.work_id, shows_id=None):
        known = picture.report.get("fingerprint")
        if known and ai_made.evidence(picture):
            await Clearance.create(
                actor_id=found.actor_id,
                cleared_by=by.name,
                created=server.now(),
                pixels=known["pixels"],
                perceptual=known["perceptual"],
            )
    work = await Work.get(id=found.work_id)
    if work.state == State.HELD:
        await _submit(server, work)
    elif work.state == State.WITHHELD:
        await moderation.restore(server, by, work.id)
    elif work.state == State.PUBLISHED:
        for picture in await Picture.filter(work_id=work.id, shows_id=None):
            await uploads.enqueue(server, picture)


async def _label(server: Server, by: Moderator, found: AiCase) -> None:
    """The work bears the mildest label that the place takes."""
    rules = await reads.rules(server)
    label = next((each for each in MADE_WITH_AI if rules.of(each) is not Rule.FORBID), None)
    if label is None:
        raise Invalid("decision", "This place takes no works made with AI; clear the work, or remove it.")
    work = await Work.get(id=found.work_id)
    work.ai, work.ai_said = label, Said.PLACE
    await work.save(update_fields=["ai", "ai_said"])
    await ai_made.tag(work)
    await _say_again(server, work)


async def _remove(server: Server, by: Moderator, found: AiCase) -> None:
    await moderation.withhold(server, by, found.work_id)


_EFFECTS: Final = {Act.CLEAR: _clear, Act.LABEL: _label, Act.REMOVE: _remove}


async def lapse(server: Server, claim: Claim) -> Outcome:
    """Job `ai-lapse`: a case that stayed in its stage for as long as it may moves by itself."""
    found = await AiCase.get_or_none(id=claim.payload["case"])
    patience = cases.PATIENCE.get(Stage(claim.payload["stage"]))
    if found is None or found.stage != claim.payload["stage"] or patience is None:
        return Done()
    if found.since + patience > server.now():
        return Done()
    async with server.database.transaction():
        await ai_made.move(server, found, Act.LAPSE, TIME)
        if found.stage is Stage.WITHDRAWN:
            await Work.filter(id=found.work_id, state=State.HELD).update(state=State.DRAFT)
    return Done()
