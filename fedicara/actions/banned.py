"""Pictures that may not be shown here, nor what looks like them: refused when uploaded, hidden when remote."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tortoise.expressions import F

from fedicara.actions import audit, remote_cache
from fedicara.actions.errors import Invalid, NotFound, checked_text
from fedicara.actions.likenesses import looks_of
from fedicara.actions.roles import Moderator, check_outranks
from fedicara.models import BannedPicture, Picture, Work
from fedicara.models.works import State
from fedicara.server import Server
from media.likeness import Looks, distance, probes

NOTE_MOST: Final = 2_000
_SHOWN: Final = 200
_REMOTE: Final = """
SELECT DISTINCT f.picture_id, f.perceptual, f.pdq FROM fingerprint_bands b
JOIN fingerprints f ON f.id = b.fingerprint_id JOIN pictures p ON p.id = f.picture_id
WHERE b.band IN ({bands}) AND p.remote_url <> ''"""


def refusal(server: Server) -> str:
    """What whoever uploads such a picture reads."""
    contact = server.settings.contact
    ask = f"write to {contact}" if contact else "ask the people who look after it"
    return f"This place does not take this picture, or one like it. If you think that is a mistake, {ask}."


async def is_banned(known: Mapping[str, Any]) -> bool:
    """Whether a picture is one that was banned, or looks like one; there are few of them, so all are looked at."""
    if not known:
        return False
    looks = looks_of(known)
    for each in await BannedPicture.all():
        if (
            each.pixels == known.get("pixels")
            or distance(looks, Looks(each.perceptual, each.pdq)) is not None
        ):
            return True
    return False


async def ban_work(server: Server, by: Moderator, work_id: int, note: str = "") -> int:
    """Ban every picture of a work and hide the work; how many were banned that had not been."""
    checked_text("note", note, NOTE_MOST)
    work = await Work.get_or_none(id=work_id).prefetch_related("actor")
    if work is None:
        raise NotFound
    await check_outranks(by, work.actor)
    pictures = [each for each in await Picture.filter(work_id=work.id, shows_id=None) if _known(each)]
    if not pictures:
        raise Invalid(
            "ban", "None of its pictures was looked through yet. Open them, and try again in a minute."
        )
    async with server.database.transaction():
        new = [each for each in pictures if await _ban(server, by, _known(each), note)]
        hidden = [each for picture in pictures for each in await _hide_remote(server, _known(picture))]
        shown = Work.filter(id=work.id, state__in=(State.PUBLISHED, State.HIDDEN))
        await shown.update(state=State.WITHHELD, revision=F("revision") + 1)
        await audit.note(
            by.name, "pictures ban", work.uri, pictures=len(new), hidden=len(set(hidden)), comment=note
        )
    for each in hidden:
        await remote_cache.let_go(server, each)
    return len(new)


def _known(picture: Picture) -> Mapping[str, Any]:
    return picture.report.get("fingerprint") or {}


async def _ban(server: Server, by: Moderator, known: Mapping[str, Any], note: str) -> bool:
    if await BannedPicture.filter(pixels=known["pixels"]).exists():
        return False
    looks = looks_of(known)
    await BannedPicture.create(
        pixels=known["pixels"],
        perceptual=looks.perceptual,
        pdq=looks.pdq,
        note=note,
        banned_by=by.name,
        created=server.now(),
    )
    return True


async def _hide_remote(server: Server, known: Mapping[str, Any]) -> list[int]:
    """Hide what looks so of other servers; which pictures. Plan: fingerprint_bands_band."""
    looks = looks_of(known)
    if not looks.is_known:
        return []
    wanted = probes(looks)
    places = ", ".join(f"${place}" for place in range(1, len(wanted) + 1))
    rows = await server.database.execute(_REMOTE.format(bands=places), *wanted)
    near = [
        row["picture_id"] for row in rows if distance(looks, Looks(row["perceptual"], row["pdq"])) is not None
    ]
    for number in near:
        await hide(number)
    return near


async def hide(picture_id: int) -> None:
    """Let a remote picture be shown to nobody; inside the caller's transaction."""
    await Picture.filter(id=picture_id).update(state=State.WITHHELD)
    await Work.filter(pictures__id=picture_id).update(revision=F("revision") + 1)


async def listed() -> Sequence[BannedPicture]:
    """What is banned, newest first."""
    return await BannedPicture.all().order_by("-id").limit(_SHOWN)


async def lift(server: Server, by: Moderator, number: int) -> None:
    """Take a ban back: what was hidden because of it alone is shown again, and may be uploaded."""
    found = await BannedPicture.get_or_none(id=number)
    if found is None:
        raise NotFound
    async with server.database.transaction():
        await found.delete()
        await audit.note(by.name, "pictures unban", str(number), comment=found.note)
        for picture in await Picture.filter(state=State.WITHHELD).exclude(remote_url=""):
            if not await is_banned(_known(picture)):
                await Picture.filter(id=picture.id).update(state=State.READY)
                await Work.filter(id=picture.work_id).update(revision=F("revision") + 1)
