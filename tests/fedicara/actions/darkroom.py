"""Uploads as people send them, and a worker that prepares them."""

from collections.abc import AsyncIterator
from pathlib import Path

from fedicara.actions import uploads
from fedicara.actions.authentication import Viewer
from fedicara.actions.kinds import kinds
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Activity, Picture
from fedicara.models.works import State
from fedicara.server import Server
from tests.media.pictures import encoded, meadow

MEADOW = encoded(meadow(96, 64))
TRUNCATED = encoded(meadow(96, 64))[:900]


async def pieces(content: bytes, size: int = 4_096) -> AsyncIterator[bytes]:
    """The body of an upload as it comes."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def upload(
    server: Server, viewer: Viewer, content: bytes = MEADOW, *, alt: str = "A meadow", ai: str = ""
) -> Picture:
    """One upload, not prepared yet."""
    return await uploads.receive(server, viewer, pieces(content), uploads.About(alt=alt, ai=ai))


async def content(server: Server, key: str) -> bytes:
    """The whole file of a key."""
    stored = await server.storage.open(key)
    return b"".join([chunk async for chunk in stored.chunks])


async def ready(server: Server, viewer: Viewer, alt: str = "A meadow") -> Picture:
    """A picture as if it had been prepared long ago with nothing in its marks."""
    key = f"{id(alt):032x}.original"
    await server.storage.write(key, MEADOW)
    return await Picture.create(
        actor_id=viewer.actor.id, state=State.READY, alt=alt, original=key, report={"marks": {}}
    )


async def work_off(server: Server) -> None:
    """Run every job that is due."""
    await Worker(server, LeaseTable(server), kinds(server)).drain()


async def said(server: Server) -> list[str]:
    """The types of everything that was said to other servers, oldest first."""
    return [activity.type for activity in await Activity.all().order_by("id")]


def files(server: Server) -> list[Path]:
    """Every file that pictures left on the disk, finished or not."""
    folders = (server.settings.media, server.settings.data / "incoming")
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
