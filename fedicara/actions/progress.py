"""How far works are whose pictures are still being prepared."""

import asyncio
import time
from dataclasses import dataclass

from fedicara.actions.authentication import Viewer
from fedicara.actions.works import own
from fedicara.models import Picture, Work
from fedicara.models.works import State
from fedicara.reads import works as reads
from fedicara.reads.views import WorkView
from fedicara.server import Server


@dataclass(frozen=True, slots=True)
class PictureProgress:
    """How far one picture is."""

    id: int
    state: str
    step: str
    percent: int
    failure: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a work is."""

    state: str
    failure: str
    pictures: tuple[PictureProgress, ...]

    @property
    def percent(self) -> int:
        """The mean over the pictures."""
        if self.state == State.PUBLISHED or not self.pictures:
            return 100
        return sum(picture.percent for picture in self.pictures) // len(self.pictures)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What becomes of pictures that are out and are prepared again: whether they wait, or why they stay as they were."""

    waits: bool
    failure: str


async def renewal(work_id: int) -> Renewal:
    """How the pictures of a work follow the cloak that was chosen for it (C-006)."""
    work = await Work.get(id=work_id)
    pictures = await Picture.filter(work_id=work_id, shows_id=None, state=State.READY).order_by("position")
    behind = [each for each in pictures if each.report.get("chosen", work.cloak) != work.cloak]
    return Renewal(
        any(not each.failure for each in behind),
        next((each.failure for each in pictures if each.failure), ""),
    )


async def how_far(server: Server, viewer: Viewer, work_id: int) -> Progress:
    """How far a work of one's own is."""
    work = await own(server, viewer, work_id)
    pictures = await Picture.filter(work_id=work.id).order_by("position")
    return Progress(
        work.state,
        work.failure,
        tuple(
            PictureProgress(picture.id, picture.state, picture.step, picture.percent, picture.failure)
            for picture in pictures
        ),
    )


async def wait(server: Server, work_id: int, seconds: float) -> Work:
    """The work as soon as it is published or failed, or as it stands when the time is up."""
    until = time.monotonic() + seconds
    while True:
        work = await Work.get(id=work_id)
        if work.state != State.PROCESSING or time.monotonic() >= until:
            return work
        await asyncio.sleep(0.1)


async def unfinished(server: Server, viewer: Viewer) -> list[WorkView]:
    """One's works that are not out: still being prepared, failed, held or kept as drafts; newest first."""
    inside = (State.PROCESSING, State.FAILED, State.HELD, State.DRAFT)
    waiting = Work.filter(actor_id=viewer.actor.id, state__in=inside)
    found = await waiting.order_by("-id").limit(40)
    views = await reads.views(server, [work.id for work in found])
    return [views[work.id] for work in found]
