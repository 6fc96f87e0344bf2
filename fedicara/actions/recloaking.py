"""Pictures cloaked again from their originals where their engine has a newer version, or the place another engine (C-005)."""

import time
from dataclasses import dataclass
from typing import Final

from tortoise.expressions import Q

from fedicara.actions import audit, cloaks
from fedicara.actions.preparation import again, settle_of, tell_again
from fedicara.actions.uploads import KIND as UPLOAD
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome, Retry
from fedicara.models import Picture, Work
from fedicara.models.works import State
from fedicara.reads.cloaked import Made, cloaked
from fedicara.server import Server

KIND: Final = "recloak"
VERSIONS, ENGINES = "versions", "engines"
# As long as a picture took nothing more is begun, and at least so long; while uploads wait it is looked again after this.
PAUSE, POLITE = 1.0, 5.0
GONE: Final = "The original is not in the storage any more."
_COMPANY: Final = "SELECT lane FROM jobs WHERE kind = $1 AND buried = FALSE AND id <> $2"
_UPLOADS: Final = "SELECT 1 FROM jobs WHERE kind = $1 AND buried = FALSE LIMIT 1"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the place is: pictures with a cloak by engine and version, and how many of them are yet to do."""

    made: tuple[Made, ...]
    older: int
    others: int
    failed: int
    is_running: bool

    @property
    def pictures(self) -> int:
        """All that have a cloak."""
        return sum(each.pictures for each in self.made)


def _older() -> Q:
    """Made by an earlier version of an engine that is there."""
    found = Q(id__lt=0)
    for name, version in cloaks.versions().items():
        found |= Q(engine=name) & ~Q(engine_version=version)
    return found


def _others(server: Server) -> Q:
    """Made by another engine than the one of the place, or by none that is there; nothing where the place adds nothing."""
    if not cloaks.is_adding(server.settings):
        return Q(id__lt=0)
    return ~Q(engine__in=[server.settings.cloak, *cloaks.LEAVING])


def _outdated(server: Server, lane: str) -> Q:
    """What is to be done, what failed left out."""
    which = _older() | _others(server) if lane == ENGINES else _older()
    return Q(state=State.READY, shows_id=None, failure="") & ~Q(original="") & which


async def standing(server: Server) -> Standing:
    """How far the place is with it."""
    lanes = [row["lane"] for row in await server.database.rows(_COMPANY, KIND, 0)]
    failed = Q(state=State.READY) & ~Q(failure="") & (_older() | _others(server))
    older = await Picture.filter(_outdated(server, VERSIONS)).count()
    return Standing(
        tuple(await cloaked(server)),
        older,
        await Picture.filter(_outdated(server, ENGINES)).count() - older,
        await Picture.filter(failed).count(),
        bool(lanes),
    )


async def order(server: Server, who: str = "", *, engines: bool = False, failed: bool = False) -> int:
    """Ask for it, inside the caller's transaction: how many pictures are to be done. Who asks stands in the audit log.

    With `engines` also those that another engine made, with `failed` once more those that could not be.
    """
    lane = ENGINES if engines else VERSIONS
    if failed:
        which = _older() | _others(server) if engines else _older()
        await Picture.filter(Q(state=State.READY) & which).exclude(failure="").update(failure="")
    count = await Picture.filter(_outdated(server, lane)).count()
    if count:
        await LeaseTable(server).enqueue(Order(KIND, {}, lane=lane))
    if count and who:
        await audit.note(who, "cloak-again", server.settings.domain, pictures=count, engines=engines)
    return count


async def run(server: Server, claim: Claim) -> Outcome:
    """Job `recloak`: one picture, then a job for the next; begun again after a crash it goes on with what is left."""
    lanes = {row["lane"] for row in await server.database.rows(_COMPANY, KIND, claim.id)}
    if claim.lane in lanes or ENGINES in lanes:
        return Done()
    if await server.database.rows(_UPLOADS, UPLOAD):
        return Retry("new pictures go first", after=POLITE)
    waiting = Picture.filter(_outdated(server, claim.lane)).order_by("id")
    picture = await waiting.first().prefetch_related("work", "actor")
    if picture is None:
        return Done()
    began = time.monotonic()
    await _cloak(server, picture)
    async with server.database.transaction():
        pause = max(PAUSE, time.monotonic() - began)
        await LeaseTable(server).enqueue(Order(KIND, {}, lane=claim.lane, delay=pause))
    return Done()


async def _cloak(server: Server, picture: Picture) -> None:
    try:
        failure = await again(server, picture, _settle)
    except FileNotFoundError:
        failure = GONE
    if failure:
        async with server.database.transaction():
            await Picture.filter(id=picture.id).update(failure=failure)
            await _tell(server, picture)


async def _settle(server: Server, picture: Picture) -> None:
    fresh = await Picture.get(id=picture.id).prefetch_related("work")
    if fresh.work is None or fresh.work.state != State.PUBLISHED:
        await settle_of(server, fresh)
    await _tell(server, fresh)


async def _tell(server: Server, picture: Picture) -> None:
    """Tell of each work that shows the picture, once nothing of it is left to do: at most once for all its pictures."""
    own = [picture.work_id] if picture.work_id else []
    shown = await Work.filter(pictures__shows_id=picture.id).distinct()
    for work in [*await Work.filter(id__in=own, state=State.PUBLISHED), *shown]:
        of_work = Q(work_id=work.id) | Q(shown_again__work_id=work.id)
        is_done = not await Picture.filter(of_work & _outdated(server, ENGINES)).exists()
        renewed = Picture.filter(of_work, engine__in=list(cloaks.versions())).exclude(_older())
        if is_done and await renewed.exists():
            await tell_again(server, work)
