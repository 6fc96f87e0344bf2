"""The process that opens a picture: started with what it must make, heard, and its files kept."""

import asyncio
import base64
import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import orjson

from fedicara.actions import cloaks, detector
from fedicara.models import Picture
from fedicara.models.works import State
from fedicara.server import Server
from fedicara.settings import Settings

SECONDS = 120.0
IDLE = 19


@dataclass(frozen=True, slots=True)
class Refused:
    """The picture cannot be prepared; the sentence is for its artist."""

    sentence: str


async def run(
    server: Server, picture: Picture, wanted: Mapping[str, Any], *, idle: bool = False
) -> dict[str, Any] | Refused | None:
    """Make what is wanted of an original; what was made, why not, or None where the process ended without an answer."""
    folder = Path(mkdtemp(dir=server.settings.incoming, prefix="picture-"))
    try:
        source = folder / "source"
        await copied(server, picture.original, source)
        out = folder / "out"
        out.mkdir()
        is_new = "provenance" not in picture.report
        options = _options(server, picture, wanted, scan=is_new)
        answer = await _child(server, picture, options, (source, out), idle=idle)
        if isinstance(answer, dict):
            answer["review"] = await detector.review(server, source) if is_new else picture.review
            answer["renditions"] = [await _stored(server, out, made) for made in answer["renditions"]]
        return answer
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def copied(server: Server, key: str, path: Path) -> None:
    """A kept file where a process can read it."""
    stored = await server.storage.open(key)
    with path.open("wb") as file:
        async for chunk in stored.chunks:
            file.write(chunk)


def longest(settings: Settings) -> float:
    """How many seconds one run may take, whatever its engine."""
    return SECONDS + settings.cloak_seconds


def _options(server: Server, picture: Picture, wanted: Mapping[str, Any], *, scan: bool) -> dict[str, Any]:
    """The bytes as they came are scanned once: they never change. Pictures of profiles are shown in one format."""
    settings = server.settings
    engine, strength = cloaks.engine_of(settings, wanted["chosen"], picture.engine)
    return {
        "marks": wanted["marks"],
        "signing": _signing(server, wanted),
        "scan": scan,
        "focus": wanted["focus"],
        "others": not picture.use,
        "engine": engine,
        "strength": strength,
        **cloaks.climb(settings, engine),
        "secret": base64.b64encode(server.derive("cloak")).decode(),
        "limits": {"bytes": settings.upload_limit, "pixels": settings.pixel_limit},
    }


def _signing(server: Server, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    if server.certificate is None:
        return None
    own = server.certificate
    return {"chain": own.chain, "key": own.key, "entries": wanted["signed"]["entries"]}


async def _child(
    server: Server, picture: Picture, options: Mapping[str, Any], paths: tuple[Path, Path], *, idle: bool
) -> dict[str, Any] | Refused | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media",
        *map(str, paths),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1 << 20,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    try:
        if idle:
            os.setpriority(os.PRIO_PROCESS, process.pid, IDLE)
        async with asyncio.timeout(SECONDS + options.get("climb", {}).get("seconds", 0.0)):
            assert process.stdin is not None  # noqa: S101  (it was asked for)
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(orjson.dumps(options))
            process.stdin.close()
            return await _heard(server, picture, process.stdout)
    except TimeoutError:
        return Refused("This picture took too long to prepare. Try a smaller export.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _heard(
    server: Server, picture: Picture, lines: AsyncIterator[bytes]
) -> dict[str, Any] | Refused | None:
    async for line in lines:
        said = orjson.loads(line)
        if "done" in said:
            return dict(said["done"])
        if "refused" in said:
            return Refused(said["refused"])
        if picture.state == State.PROCESSING:
            await Picture.filter(id=picture.id).update(step=said["step"], percent=said["percent"])
    return None


async def _stored(server: Server, folder: Path, made: dict[str, Any]) -> dict[str, Any]:
    file = folder / made["file"]
    key = secrets.token_hex(16) + file.suffix
    await server.storage.write(key, file)
    return {**made, "key": key}
