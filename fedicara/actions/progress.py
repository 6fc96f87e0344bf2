"""How far works and uploads are whose pictures are still being prepared."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import NotFound, TooMany
from fedicara.actions.works import own
from fedicara.models import Picture, Work
from fedicara.models.troubles import TROUBLED
from fedicara.models.works import State
from fedicara.reads import preparing as reads
from fedicara.reads import works as views
from fedicara.reads.preparing import PictureProgress
from fedicara.reads.views import WorkView
from fedicara.server import Server

PAUSE: Final = 0.5
SILENCE: Final = 15.0
LONGEST: Final = 600.0
"""After so long a browser comes again, and is asked again who it is."""
_log = structlog.get_logger()


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
    found = await reads.preparing(server, await _of_work(work))
    return Progress(work.state, work.failure, tuple(found.values()))


async def _of_work(work: Work) -> list[int]:
    return [picture.id for picture in await Picture.filter(work_id=work.id).order_by("position")]


async def of_upload(server: Server, picture: Picture) -> PictureProgress:
    """How far one picture is that waits for its work."""
    found = await reads.preparing(server, [picture.id])
    if picture.id not in found:
        raise NotFound
    return found[picture.id]


async def pictures_of(server: Server, viewer: Viewer, work_id: int) -> Sequence[int]:
    """The pictures of a work of one's own."""
    return await _of_work(await own(server, viewer, work_id))


async def uploads_of(viewer: Viewer, pictures: Sequence[int]) -> Sequence[int]:
    """These uploads, all of them one's own, as many as one form may have; `NotFound` for anything else."""
    wanted = list(dict.fromkeys(pictures))
    mine = Picture.filter(id__in=wanted, actor_id=viewer.actor.id, use="").exclude(original="")
    if not wanted or await mine.count() != len(wanted):
        raise NotFound
    return wanted


def check_room(server: Server, viewer: Viewer) -> None:
    """`TooMany` where somebody looks so often already that each must ask from time to time instead."""
    if not server.watching.has_room(viewer.actor.id):
        raise TooMany(SILENCE)


async def changes(
    server: Server, viewer: Viewer, pictures: Sequence[int]
) -> AsyncIterator[Sequence[PictureProgress]]:
    """How far pictures are, now and whenever that changes, until all are over; empty where nothing changed for long.

    No connection to the database is held: one reader of this process reads for everybody.
    """
    with server.watching.looking(viewer.actor.id, pictures) as woken:
        _start_reading(server)
        found = await reads.preparing(server, pictures)
        until = time.monotonic() + LONGEST
        yield list(found.values())
        while not _is_over(found) and not server.watching.is_over and time.monotonic() < until:
            if not await _woken(woken):
                yield []
            latest = _latest(server, found)
            if latest != found:
                found = latest
                yield list(found.values())


async def _woken(woken: asyncio.Event) -> bool:
    """Whether something changed before the silence was too long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SILENCE):
            await woken.wait()
    changed = woken.is_set()
    woken.clear()
    return changed


def _latest(server: Server, found: dict[int, PictureProgress]) -> dict[int, PictureProgress]:
    """What the reader saw last; what it has not looked at yet is as it was, what is gone is left out."""
    latest = {each: server.watching.seen.get(each, state) for each, state in found.items()}
    return {each: state for each, state in latest.items() if state is not None}


def _is_over(found: dict[int, PictureProgress]) -> bool:
    return all(each.is_over for each in found.values())


def _start_reading(server: Server) -> None:
    if server.watching.reader is None or server.watching.reader.done():
        server.watching.reader = asyncio.create_task(_read(server))


async def _read(server: Server) -> None:
    """Read what is looked at, twice a second, as long as anybody looks."""
    server.database.bind()
    while wanted := server.watching.wanted():
        try:
            server.watching.tell(wanted, await reads.preparing(server, wanted))
        except TROUBLED as error:
            _log.warning("cannot see how far pictures are", error=repr(error))
        await asyncio.sleep(PAUSE)


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
    known = await views.views(server, [work.id for work in found])
    return [known[work.id] for work in found]
