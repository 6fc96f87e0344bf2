"""The bytes as artists uploaded them: one file for what one person uploads again, gone with its last picture, theirs alone."""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tortoise.expressions import Q

from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import NotFound
from fedicara.models import Picture, Rendition
from fedicara.models.works import State
from fedicara.server import Server
from fedicara.storage.sealed import Sealed
from media.storage import Stored

ENDING: Final = ".original"
_BATCH: Final = 200
ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in, its size in bytes and the SHA-256 of them."""

    path: Path
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Download:
    """An original on its way back to its artist."""

    name: str
    media_type: str
    stored: Stored


async def keep(
    server: Server, picture: Picture, upload: Upload, commit: Callable[[], Awaitable[None]]
) -> None:
    """Write the file, then the row by `commit` in a transaction; one file does for the same bytes of one person.

    The name begins with what the bytes are, under a key of the server so that nobody who lists the files can compare them with
    others; what follows is new for each life of a file, so that one that is about to be removed is never named again.
    """
    named = _named(server, picture.actor_id, upload.digest)
    async with server.turn(f"original {named}"):
        if await _shared(server, picture, upload, commit):
            return
        picture.original = f"{named}-{secrets.token_hex(4)}{ENDING}"
        await server.storage.write(picture.original, upload.path)
        try:
            async with server.database.transaction():
                await commit()
        except BaseException:
            await server.storage.delete(picture.original)
            raise


def _named(server: Server, actor_id: int, digest: bytes) -> str:
    return hmac.new(server.derive("originals"), b"%d\n" % actor_id + digest, hashlib.sha256).hexdigest()[:32]


async def _shared(
    server: Server, picture: Picture, upload: Upload, commit: Callable[[], Awaitable[None]]
) -> bool:
    """Whether the picture was given the file of an earlier one; that one is kept meanwhile."""
    start = _named(server, picture.actor_id, upload.digest)
    same = Picture.filter(_USED, actor_id=picture.actor_id, original__startswith=f"{start}-")
    earlier = await same.first()
    if earlier is None:
        return False
    if not await server.storage.exists(earlier.original):
        await server.storage.write(earlier.original, upload.path)
    async with server.database.transaction():
        if await Picture.filter(_USED, id=earlier.id).select_for_update().first() is None:
            return False
        picture.original = earlier.original
        await commit()
    return True


_USED: Final = ~Q(state=State.FAILED)


async def unused(keys: Iterable[str]) -> list[str]:
    """Those of the keys that no row names; a picture that failed for good names nothing."""
    wanted = list(keys)
    named = await Picture.filter(_USED | Q(renditions__id__isnull=False), original__in=wanted).values_list(
        "original", flat=True
    )
    sizes = await Rendition.filter(key__in=wanted).values_list("key", flat=True)
    used = {*map(str, named), *map(str, sizes)}
    return [key for key in wanted if key not in used]


async def kept_after(last: int, most: int) -> list[tuple[int, str]]:
    """Ids of pictures above that one with the key of the original that they still have, in order."""
    having = Picture.filter(_USED | Q(renditions__id__isnull=False), id__gt=last).exclude(original="")
    rows = await having.distinct().order_by("id").limit(most).values_list("id", "original")
    return [(int(identifier), str(key)) for identifier, key in rows]


async def reseal(storage: Sealed) -> int:
    """Seal with the newest key what is not; how many. A file appears whole, so it may be stopped and begun again."""
    done, last = 0, 0
    while rows := await kept_after(last, _BATCH):
        for key in {key for _, key in rows}:
            done += await storage.renew(key)
        last = rows[-1][0]
    return done


async def of_work(work_id: int) -> tuple[int, ...]:
    """Ids of the pictures of a work that were uploaded for it."""
    kept = Picture.filter(work_id=work_id).exclude(original="").order_by("position")
    return tuple([int(str(each)) for each in await kept.values_list("id", flat=True)])


async def download(server: Server, viewer: Viewer, picture_id: int) -> Download:
    """One's own original; `NotFound` for everybody else's, whoever asks (P-245)."""
    picture = await Picture.get_or_none(id=picture_id, actor_id=viewer.actor.id)
    if picture is None or not picture.original:
        raise NotFound
    try:
        stored = await server.storage.open(picture.original)
    except FileNotFoundError as error:
        raise NotFound from error
    ending = ENDINGS.get(picture.original_type, "bin")
    return Download(f"original-{picture.id}.{ending}", picture.original_type, stored)
