"""Pictures that look like others under another account: found when they come, told to the artist whose they resemble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import NotFound
from fedicara.models import Actor, Fingerprint, FingerprintBand, Picture, Resemblance
from fedicara.models.database import Row
from fedicara.models.works import State
from fedicara.reads import works as reads
from fedicara.reads.access import may_read
from fedicara.reads.views import PictureView, WorkView, as_json
from fedicara.server import Server
from media.likeness import Looks, bands, distance, probes

SHOWN: Final = 100
_CANDIDATES: Final = 5_000
_NEAREST: Final = 40
_ALIKE: Final = """
SELECT DISTINCT f.picture_id, f.perceptual, f.pdq, p.actor_id, a.domain, a.uri, a.also_known_as, a.moved_to
FROM fingerprint_bands b JOIN fingerprints f ON f.id = b.fingerprint_id
JOIN pictures p ON p.id = f.picture_id JOIN actors a ON a.id = p.actor_id
WHERE b.band IN ({bands}) AND p.actor_id <> $1 LIMIT {most}"""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A picture of the viewer's, and one like it in a work of somebody else that the viewer may see."""

    id: int
    mine: WorkView
    picture: PictureView
    theirs: WorkView
    other: PictureView
    found: datetime


def looks_of(known: Mapping[str, Any]) -> Looks:
    """What a picture looks like, from what the picture process said."""
    return Looks(known.get("perceptual") or "", known.get("pdq") or "")


async def note(server: Server, picture: Picture, known: Mapping[str, Any]) -> None:
    """Keep what a picture looks like, and who is to hear of those like it; inside the caller's transaction."""
    looks = looks_of(known)
    await Fingerprint.filter(picture_id=picture.id).delete()
    if not looks.is_known or picture.use:
        return
    made = await Fingerprint.create(picture_id=picture.id, perceptual=looks.perceptual, pdq=looks.pdq)
    await FingerprintBand.bulk_create(
        [FingerprintBand(band=each, fingerprint_id=made.id) for each in bands(looks)]
    )
    author = await Actor.get(id=picture.actor_id)
    for row in await _alike(server, author, looks):
        await _tell(server, author, picture.id, row)


async def _alike(server: Server, author: Actor, looks: Looks) -> Sequence[Row]:
    """Pictures of others that look so, the nearest first. Plan: fingerprint_bands_band, then primary keys."""
    wanted = probes(looks)
    places = ", ".join(f"${place}" for place in range(2, len(wanted) + 2))
    sql = _ALIKE.format(bands=places, most=_CANDIDATES)
    found = []
    for row in await server.database.execute(sql, author.id, *wanted):
        bits = distance(looks, Looks(row["perceptual"], row["pdq"]))
        if bits is not None:
            found.append((bits, row["picture_id"], row))
    return [row for _, _, row in sorted(found, key=lambda each: each[:2])[:_NEAREST]]


async def _tell(server: Server, author: Actor, picture_id: int, row: Row) -> None:
    """Both hear of it who are of this place; what they may not see is left out when they look.

    Nobody hears of their own account elsewhere. What the other one states of that counts for nothing: a thief would.
    """
    rows = []
    if not row["domain"] and author.uri not in (*as_json(row["also_known_as"]), row["moved_to"]):
        rows.append(_resemblance(server, row["actor_id"], row["picture_id"], picture_id))
    if author.is_local and row["uri"] not in (*author.also_known_as, author.moved_to):
        rows.append(_resemblance(server, author.id, picture_id, row["picture_id"]))
    await Resemblance.bulk_create(rows, ignore_conflicts=True)


def _resemblance(server: Server, actor_id: int, picture_id: int, other_id: int) -> Resemblance:
    return Resemblance(actor_id=actor_id, picture_id=picture_id, other_id=other_id, found=server.now())


async def listed(server: Server, viewer: Viewer) -> list[Likeness]:
    """What looks like one's own pictures, newest first: as far as one may see it, and nothing that was dismissed."""
    found = await _waiting(viewer)
    if not found:
        return []
    works = [each.work_id for row in found for each in (row.picture, row.other) if each.work_id]
    views = await reads.views(server, works)
    listed = [await _likeness(server, viewer, row, views) for row in found]
    return [each for each in listed if each is not None]


async def _waiting(viewer: Viewer) -> Sequence[Resemblance]:
    rows = Resemblance.filter(actor_id=viewer.actor.id, dismissed=False).order_by("-id").limit(SHOWN)
    return await rows.prefetch_related("picture", "other")


async def _likeness(
    server: Server, viewer: Viewer, row: Resemblance, views: Mapping[int, WorkView]
) -> Likeness | None:
    mine, theirs = views.get(row.picture.work_id or 0), views.get(row.other.work_id or 0)
    if mine is None or theirs is None or not await may_read(server, theirs, viewer.actor.id):
        return None
    if mine.state != State.PUBLISHED:
        return None
    picture, other = _in(mine, row.picture_id), _in(theirs, row.other_id)
    if picture is None or other is None:
        return None
    return Likeness(row.id, mine, picture, theirs, other, row.found)


def _in(work: WorkView, picture_id: int) -> PictureView | None:
    return next((each for each in work.pictures if each.id == picture_id), None)


async def dismiss(viewer: Viewer, number: int) -> None:
    """The artist has seen it, and nothing is to be done."""
    if not await Resemblance.filter(id=number, actor_id=viewer.actor.id).update(dismissed=True):
        raise NotFound
