"""What those who look after the place decide; each decision stands in the audit log (MOD-09)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tortoise.expressions import F

from fedicara.actions import ai_made, audit, suspension, works
from fedicara.actions.errors import Invalid, NotFound, checked_text
from fedicara.actions.roles import Moderator, check_outranks
from fedicara.federation.servers.rules import rejects
from fedicara.models import Actor, Picture, Report, Work
from fedicara.models.reports import Decision
from fedicara.models.works import State
from fedicara.reads import works as reads
from fedicara.reads.access import may_judge
from fedicara.reads.views import WorkView
from fedicara.server import Server

NOTE_MOST: Final = 2_000
SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A post that a report names; without a view where it is gone, or not for those who look after the place."""

    uri: str
    view: WorkView | None


async def reports(*, is_open: bool = True, limit: int = SHOWN) -> Sequence[Report]:
    """Open reports, or those that are decided, newest first."""
    asked = Report.filter(decision="") if is_open else Report.exclude(decision="")
    return await asked.order_by("-id").limit(limit).prefetch_related("target", "reporter")


async def report(report_id: int) -> Report:
    """One report with its people."""
    found = await Report.get_or_none(id=report_id).prefetch_related("target", "reporter")
    if found is None:
        raise NotFound
    return found


async def history(about: Report) -> Sequence[Report]:
    """What else was reported about the same account, newest first."""
    others = Report.filter(target_id=about.target_id).exclude(id=about.id)
    return await others.order_by("-id").limit(20).prefetch_related("reporter")


async def exhibits(server: Server, about: Report, viewer_actor_id: int) -> list[Exhibit]:
    """The posts a report names, as far as this person may see them (AUD-04)."""
    works = await Work.filter(uri__in=about.posts, actor_id=about.target_id)
    views = await reads.views(server, [work.id for work in works])
    seen = {view.uri: view for view in views.values() if await may_judge(server, view, viewer_actor_id)}
    return [Exhibit(uri, seen.get(uri)) for uri in about.posts]


async def decide(server: Server, by: Moderator, report_id: int, decision: str, note: str = "") -> Report:
    """Close a report and do what was decided; `Forbidden` about somebody who is no less than the moderator."""
    if decision not in tuple(Decision):
        raise Invalid("decision", f"Say one of {', '.join(Decision)}.")
    checked_text("note", note, NOTE_MOST)
    found = await report(report_id)
    if found.decision:
        raise Invalid("decision", f"This report was decided by {found.decided_by} already.")
    async with server.database.transaction():
        await _EFFECTS[Decision(decision)](server, by, found, note)
        found.decision, found.note = decision, note
        found.decided, found.decided_by = server.now(), by.name
        await found.save(update_fields=["decision", "note", "decided", "decided_by"])
        about = {"report": str(found.id), "decision": decision, "comment": note}
        await audit.note(by.name, "reports close", found.target.uri, **about)
    return found


async def _nothing(server: Server, by: Moderator, found: Report, note: str) -> None:
    """The report itself is all that changes."""


async def _suspend(server: Server, by: Moderator, found: Report, note: str) -> None:
    await suspension.suspend(server, by, found.target, note)


async def _hide(server: Server, by: Moderator, found: Report, note: str) -> None:
    for work in await _named(found):
        await withhold(server, by, work.id, note)


async def _remove(server: Server, by: Moderator, found: Report, note: str) -> None:
    for work in await _named(found):
        await remove(server, by, work.id, note)


async def _named(found: Report) -> Sequence[Work]:
    kept = await Work.filter(uri__in=found.posts, actor_id=found.target_id).order_by("id")
    if not kept:
        raise Invalid("decision", "This report names no post that is kept here.")
    return kept


async def _ask(server: Server, by: Moderator, found: Report, note: str) -> None:
    if not await ai_made.ask(server, by.name, found.posts, found.target_id):
        raise Invalid("decision", "This report names no published post of this place.")


async def findings(about: Report) -> list[dict[str, Any]]:
    """What the files of the posts a report names say of AI (P-433)."""
    works = await Work.filter(uri__in=about.posts, actor_id=about.target_id)
    pictures = await Picture.filter(work_id__in=[work.id for work in works], shows_id=None).order_by(
        "work_id", "position"
    )
    return await ai_made.evidence_of(pictures)


_EFFECTS: Final[Mapping[Decision, Callable[[Server, Moderator, Report, str], Awaitable[None]]]] = {
    Decision.NOTHING: _nothing,
    Decision.ASK: _ask,
    Decision.CLOSE: _nothing,
    Decision.HIDE: _hide,
    Decision.REMOVE: _remove,
    Decision.SUSPEND: _suspend,
}


async def withhold(server: Server, by: Moderator, work_id: int, note: str = "") -> None:
    """Hide one post: only its author sees it. Servers that have it are not told."""
    work = await _work(by, work_id)
    async with server.database.transaction():
        shown = Work.filter(id=work.id, state__in=(State.PUBLISHED, State.HIDDEN))
        if await shown.update(state=State.WITHHELD, revision=F("revision") + 1):
            await audit.note(by.name, "works hide", work.uri, comment=note)


async def remove(server: Server, by: Moderator, work_id: int, note: str = "") -> None:
    """Delete one post for good; of one of this place everybody who received it hears, in its author's name (F-235)."""
    work = await _work(by, work_id)
    async with server.database.transaction():
        await audit.note(by.name, "works remove", work.uri, comment=note)
        await (works.take_back if work.actor.is_local else works.remove)(server, work)


async def restore(server: Server, by: Moderator, work_id: int, note: str = "") -> None:
    """Show a post again that was hidden by itself, unless its author or their server are not shown at all."""
    work = await _work(by, work_id)
    is_hidden = work.actor.suspended is not None or await rejects(server, [work.uri])
    new = State.HIDDEN if is_hidden else State.PUBLISHED
    async with server.database.transaction():
        if await Work.filter(id=work.id, state=State.WITHHELD).update(state=new, revision=F("revision") + 1):
            await audit.note(by.name, "works show", work.uri, comment=note)


async def _work(by: Moderator, work_id: int) -> Work:
    work = await Work.get_or_none(id=work_id).prefetch_related("actor")
    if work is None:
        raise NotFound
    await check_outranks(by, work.actor)
    return work


async def named(server: Server, text: str) -> Actor:
    """Somebody known here by name, handle or id, suspended or not; for those who look after the place."""
    stated = text.strip().lstrip("@")
    if "://" in stated:
        found = await Actor.get_or_none(uri=stated)
    else:
        name, _, domain = stated.partition("@")
        is_local = domain.lower() in ("", server.settings.domain)
        found = await Actor.get_or_none(
            username=name.lower() if is_local else name, domain="" if is_local else domain.lower()
        )
    if found is None or found.type == "Tombstone":
        raise NotFound
    return found
