"""Answering who asks to quote, and taking consent back (F-218, F-244)."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import NotFound
from fedicara.federation.said import approvals
from fedicara.models import Approval
from fedicara.models.quotes import Consent
from fedicara.reads.views import ActorView, WorkView
from fedicara.reads.works import actors, views
from fedicara.server import Server


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks to quote a work, or may quote it."""

    id: int
    actor: ActorView
    work: WorkView
    instrument: str


async def waiting(server: Server, viewer: Viewer) -> Sequence[Asked]:
    """Who waits for the viewer's answer, oldest first."""
    asked = Approval.filter(work__actor_id=viewer.actor.id, state=Consent.WAITING)
    return await _asked(server, await asked.order_by("id").limit(200))


async def granted(server: Server, work_id: int) -> Sequence[Asked]:
    """Who may quote a work, oldest first."""
    return await _asked(
        server, await Approval.filter(work_id=work_id, state=Consent.GRANTED).order_by("id").limit(200)
    )


async def _asked(server: Server, found: Sequence[Approval]) -> Sequence[Asked]:
    people = await actors(server, {each.actor_id for each in found})
    works = await views(server, [each.work_id for each in found])
    return [Asked(each.id, people[each.actor_id], works[each.work_id], each.instrument) for each in found]


async def answer(server: Server, viewer: Viewer, approval_id: int, accept: bool) -> None:
    """Let somebody quote, or not."""
    async with server.database.transaction():
        asked = await _own(viewer, approval_id, Consent.WAITING)
        asked.state = Consent.GRANTED if accept else Consent.REFUSED
        await asked.save(update_fields=["state"])
        await approvals.answer(server, asked)


async def withdraw(server: Server, viewer: Viewer, approval_id: int) -> None:
    """Take consent back: the quote is hidden where servers honour that."""
    async with server.database.transaction():
        await approvals.withdraw(server, await _own(viewer, approval_id, Consent.GRANTED))


async def _own(viewer: Viewer, approval_id: int, state: Consent) -> Approval:
    found = await Approval.get_or_none(
        id=approval_id, state=state, work__actor_id=viewer.actor.id
    ).prefetch_related("actor", "work__actor")
    if found is None:
        raise NotFound
    return found
