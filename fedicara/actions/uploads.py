"""Pictures on their way in: bytes to disk, a row, a job; refused at once where the first bytes say so."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from anyio.to_thread import run_sync

from fedicara.actions import originals, quota, statements
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Invalid, NotFound, TooLarge, TooMany, checked_text
from fedicara.actions.originals import Upload
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.models import Picture, Rendition
from fedicara.models.works import State
from fedicara.server import Server
from media.dimensions import NOTHING as NOTHING_KNOWN
from media.dimensions import dimensions
from media.errors import UnsupportedFormat
from media.sniff import ENOUGH, check
from policies.ai_made import Declaration

ALT_MOST = 1_500
KIND = "picture"
WINDOW = 30 * 60


@dataclass(frozen=True, slots=True)
class About:
    """What comes with an upload: its words, its declaration, and the lines of the request's `Content-Usage` (P-020)."""

    alt: str = ""
    focus: tuple[float, float] = (0.0, 0.0)
    ai: str = ""
    usage: Sequence[str] = ()


NOTHING = About()


async def receive(
    server: Server, viewer: Viewer, chunks: AsyncIterator[bytes], about: About = NOTHING
) -> Picture:
    """Store an upload byte for byte and enqueue its preparation; nothing stays behind if it is refused."""
    _check_rate(server, viewer)
    checked_alt(about.alt)
    _check_ai(about.ai)
    stated = statements.of_request(about.usage)
    await quota.check(server, viewer)
    async with _incoming(server, chunks) as upload:
        with upload.path.open("rb") as file:
            media_type = _type_of(file.read(ENOUGH))
            width, height = _sides(server, file, media_type)
        picture = Picture(
            actor_id=viewer.actor.id,
            state=State.PROCESSING,
            alt=about.alt.strip(),
            focus_x=_focus(about.focus[0]),
            focus_y=_focus(about.focus[1]),
            ai=about.ai,
            stated=stated,
            original_type=media_type,
            original_bytes=upload.size,
            width=width,
            height=height,
        )

        async def commit() -> None:
            await picture.save()
            await enqueue(server, picture)

        async with server.turn(f"room of {viewer.actor.id}"):
            await quota.check(server, viewer, upload.size)
            await originals.keep(server, picture, upload, commit)
    return picture


def _check_rate(server: Server, viewer: Viewer) -> None:
    """`TooMany` where one account sends more than may be prepared for it; each process counts for itself (MED-18)."""
    if wait := server.rates.wait(server.settings.upload_rate, WINDOW, "upload", str(viewer.actor.id)):
        raise TooMany(wait)


async def enqueue(server: Server, picture: Picture) -> None:
    """Ask for a picture to be prepared, inside the caller's transaction."""
    await LeaseTable(server).enqueue(Order(KIND, {"picture": picture.id}, lane=f"picture:{picture.id}"))


@asynccontextmanager
async def _incoming(server: Server, chunks: AsyncIterator[bytes]) -> AsyncIterator[Upload]:
    folder = server.settings.incoming
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder) as file:
        size, digest = 0, sha256()
        async for chunk in chunks:
            size += len(chunk)
            if size > server.settings.upload_limit:
                raise TooLarge(server.settings.upload_limit)
            digest.update(chunk)
            await run_sync(file.write, chunk)
        file.flush()
        await run_sync(os.fsync, file.fileno())
        yield Upload(Path(file.name), size, digest.digest())


def _type_of(start: bytes) -> str:
    try:
        return check(start)
    except UnsupportedFormat as error:
        raise Invalid("file", error.sentence) from error


def _sides(server: Server, file: BinaryIO, media_type: str) -> tuple[int, int]:
    """What the header says, until the picture is read: it tells how long that may take; 0 for what is refused then."""
    width, height = dimensions(file, media_type)
    return (width, height) if width * height <= server.settings.pixel_limit else NOTHING_KNOWN


def checked_alt(alt: str) -> str:
    """The alt text, if it is short enough (F-055)."""
    return checked_text("description", alt, ALT_MOST).strip()


def _check_ai(ai: str) -> None:
    if ai and ai not in tuple(Declaration):
        raise Invalid("ai", "Say one of none, assisted, generated.")


def _focus(value: float) -> float:
    return max(-1.0, min(1.0, value))


async def mine(server: Server, viewer: Viewer, picture_id: int) -> Picture:
    """One's own picture; `NotFound` for everybody else's."""
    picture = await Picture.get_or_none(id=picture_id, actor_id=viewer.actor.id)
    if picture is None or picture.original == "" or picture.use:
        raise NotFound
    return picture


async def describe(
    server: Server,
    viewer: Viewer,
    picture_id: int,
    *,
    alt: str | None = None,
    focus: tuple[float, float] | None = None,
) -> Picture:
    """Change the words of a picture that waits for its work."""
    picture = await mine(server, viewer, picture_id)
    if alt is not None:
        picture.alt = checked_alt(alt)
    if focus is not None:
        picture.focus_x, picture.focus_y = _focus(focus[0]), _focus(focus[1])
    await picture.save(update_fields=["alt", "focus_x", "focus_y"])
    return picture


async def discard(server: Server, viewer: Viewer, picture_id: int) -> None:
    """Remove an upload that no work has."""
    picture = await mine(server, viewer, picture_id)
    if picture.work_id is not None:
        raise Invalid("id", "This picture belongs to a work; edit the work instead.")
    async with server.database.transaction():
        await forget(server, [picture])


async def forget(server: Server, pictures: list[Picture]) -> None:
    """Remove rows now and files after the commit, inside the caller's transaction."""
    ids = [picture.id for picture in pictures]
    renditions = await Rendition.filter(picture_id__in=ids)
    keys = [picture.original for picture in pictures if picture.original]
    keys += [rendition.key for rendition in renditions]
    keys += [proxy_key(picture.id) for picture in pictures if picture.remote_url]
    keys += [key for picture in pictures for key in compared(picture)]
    await Picture.filter(id__in=ids).delete()
    await forget_later(server, keys)


async def forget_later(server: Server, keys: Sequence[str], delay: float = 0.0) -> None:
    """Remove those of the files after the commit that no row names by then; inside the caller's transaction."""
    if keys:
        await LeaseTable(server).enqueue(Order("forget", {"keys": list(keys)}, delay=delay))


def compared(picture: Picture) -> list[str]:
    """Where the files lie that show a picture before and after its cloak, to its artist alone."""
    return list(picture.report.get("compared", {}).get("files", {}).values())


def proxy_key(picture_id: int) -> str:
    """Where the cached copy of a remote picture lies."""
    return f"{picture_id % 256:02x}{picture_id}.remote"


async def wait(server: Server, picture_id: int, seconds: float) -> Picture:
    """The picture as soon as it is ready or refused, or as it stands when the time is up."""
    until = time.monotonic() + seconds
    pause = 0.05
    while True:
        picture = await Picture.get(id=picture_id)
        if picture.state != State.PROCESSING or time.monotonic() >= until:
            return picture
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.5)
