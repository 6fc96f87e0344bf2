"""Before, after and difference of one's own works: made by a process apart, kept where no public address leads (C-004)."""

import asyncio
import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import orjson

from fedicara.actions import cloaks, uploads
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import NotFound
from fedicara.actions.picture_process import copied
from fedicara.actions.works import own
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Picture, Rendition, Work
from fedicara.models.works import State
from fedicara.server import Server
from media.storage import Stored

KIND: Final = "compare"
FORGET: Final = "forget_compared"
KEPT: Final = timedelta(days=7)
SECONDS: Final = 90.0
UNREADABLE: Final = "These two pictures could not be compared on this server."
_TYPES: Final = {".jpg": "image/jpeg", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One picture of a work; `said` is what its cloak is, `left` why it has none, `sizes` are empty until it is made."""

    id: int
    said: str
    left: str = ""
    failure: str = ""
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    peak: int = 0
    mean: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether it is still being made."""
        return not (self.sizes or self.left or self.failure)


async def of_work(server: Server, viewer: Viewer, work_id: int) -> tuple[Work, list[Comparison]]:
    """The pictures of one's own work beside what they were; what is not compared yet is asked for."""
    work = await own(server, viewer, work_id)
    pictures = await Picture.filter(work_id=work.id, shows_id=None, state=State.READY).order_by("position")
    return work, [await _comparison(server, each) for each in pictures if each.original]


async def _comparison(server: Server, picture: Picture) -> Comparison:
    said = cloaks.stated(picture.engine, picture.strength)
    if not cloaks.is_cloak(picture.engine):
        reason = str(picture.report.get("cloak", {}).get("reason", ""))
        return Comparison(picture.id, said, left=reason or "Nothing was added to this picture.")
    large = await Rendition.get_or_none(picture_id=picture.id, name="large")
    made = _made(server, picture, large)
    if made is None:
        async with server.database.transaction():
            key = f"{KIND}:{picture.id}"
            await LeaseTable(server).enqueue(Order(KIND, {"picture": picture.id}, key=key))
        return Comparison(picture.id, said)
    sizes = {view: (int(width), int(height)) for view, (width, height) in made.get("sizes", {}).items()}
    return Comparison(
        picture.id, said, "", made.get("failure", ""), sizes, made.get("peak", 0), made.get("mean", 0.0)
    )


def _made(server: Server, picture: Picture, large: Rendition | None) -> Mapping[str, Any] | None:
    """What was made of the size that is out now and is still kept; of an earlier one it says nothing any more."""
    made: Mapping[str, Any] | None = picture.report.get("compared")
    if not made or large is None or made["of"] != large.key:
        return None
    return made if server.now() < datetime.fromisoformat(made["until"]) else None


async def file(
    server: Server, viewer: Viewer, work_id: int, picture_id: int, name: str
) -> tuple[str, Stored]:
    """Type and bytes of one file of a comparison, like `whole-before`; `NotFound` for everybody but its artist."""
    work = await own(server, viewer, work_id)
    picture = await Picture.get_or_none(id=picture_id, work_id=work.id)
    files: Mapping[str, str] = picture.report.get("compared", {}).get("files", {}) if picture else {}
    found = next((each for each in files if each.partition(".")[0] == name), None)
    if found is None:
        raise NotFound
    try:
        return _TYPES[Path(found).suffix], await server.storage.open(files[found])
    except FileNotFoundError as error:
        raise NotFound from error


async def run(server: Server, claim: Claim) -> Outcome:
    """Job `compare`: one picture's largest size beside its original."""
    picture = await Picture.get_or_none(id=claim.payload["picture"])
    large = await Rendition.get_or_none(picture_id=claim.payload["picture"], name="large")
    if picture is None or large is None or not picture.original or _made(server, picture, large):
        return Done()
    folder = Path(mkdtemp(dir=server.settings.incoming, prefix="compare-"))
    try:
        for name, key in (("original", picture.original), ("shown", large.key)):
            await copied(server, key, folder / name)
        said = await _child(server, folder)
        files = await _stored(server, folder, said.get("files", ()))
    except FileNotFoundError:
        # Replaced or taken back meanwhile; the page asks again.
        return Done()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    until = server.now() + KEPT
    await _keep(server, picture.id, {**said, "files": files, "of": large.key, "until": until.isoformat()})
    return Done()


async def _stored(server: Server, folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Where each file lies from now on; that it goes again is ordered before the first is written."""
    keys = {name: f"{secrets.token_hex(16)}-compared{Path(name).suffix}" for name in names}
    async with server.database.transaction():
        later = KEPT.total_seconds() + 600.0
        await LeaseTable(server).enqueue(Order(FORGET, {"keys": list(keys.values())}, delay=later))
    for name, key in keys.items():
        await server.storage.write(key, folder / name)
    return keys


async def _child(server: Server, folder: Path) -> Mapping[str, Any]:
    """What the process says: files, sizes and figures, else why there are none."""
    settings = server.settings
    paths = (folder / "original", folder / "shown", folder)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "media.compare", *map(str, paths)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    try:
        async with asyncio.timeout(SECONDS):
            limits = {"bytes": settings.upload_limit, "pixels": settings.pixel_limit}
            said, _ = await process.communicate(orjson.dumps(limits))
    except TimeoutError:
        return {"failure": UNREADABLE}
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    answer = orjson.loads(said) if process.returncode == 0 and said else {}
    done: Mapping[str, Any] = answer.get("done") or {"failure": answer.get("refused", UNREADABLE)}
    return done


async def _keep(server: Server, picture_id: int, made: Mapping[str, Any]) -> None:
    """Note what was made, unless its picture was prepared again or removed meanwhile."""
    async with server.database.transaction():
        picture = await Picture.get_or_none(id=picture_id)
        large = await Rendition.get_or_none(picture_id=picture_id, name="large")
        if picture is None or large is None or large.key != made["of"]:
            old = list(made["files"].values())
        else:
            old = uploads.compared(picture)
            await Picture.filter(id=picture_id).update(report={**picture.report, "compared": made})
        await uploads.forget_later(server, old)
