"""`cloak`: does to a file what a post does to a picture, and nothing else."""

import asyncio
import base64
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import orjson
import typer

from fedicara.actions import cloaks
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.server import Server
from fedicara.settings import Settings
from media.cloak import Strength

SECONDS: Final = 600.0


def cloak(
    picture: Annotated[Path, typer.Argument(help="The picture, left as it is.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Argument(help="The PNG to write; nothing may be there yet.", dir_okay=False)],
    engine: Annotated[str | None, typer.Option(help="The cloak; the place's if not given.")] = None,
    strength: Annotated[
        Strength | None, typer.Option(help="How far it may go; the place's if not given.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write what was done as JSON into this file.", dir_okay=False)
    ] = None,
    data: Data = None,
) -> None:
    """Cloak a picture as a post of this place would: the change alone, in a PNG of the same size."""
    if out.exists():
        raise CommandError(f"{out} is there already.", Exit.USAGE)
    with TemporaryDirectory() as folder:
        done = _made(asyncio.run(_options(load(data), engine, strength)), picture, Path(folder))
        shutil.copyfile(Path(folder) / done["renditions"][0]["file"], out)
    if report is not None:
        report.write_bytes(orjson.dumps(done["report"], option=orjson.OPT_INDENT_2) + b"\n")
    said = done["report"]["cloak"]
    typer.echo(said["reason"] or f"{said['engine']} {said['version']}, {said['strength']}", err=True)
    typer.echo(str(out))


async def _options(settings: Settings, engine: str | None, strength: Strength | None) -> dict[str, Any]:
    async with opened(settings) as server:
        return _as_in_a_post(server, engine or settings.cloak, strength or settings.cloak_strength)


def _as_in_a_post(server: Server, engine: str, strength: str) -> dict[str, Any]:
    """The secret of the place is part of the change, so the same picture is changed in the same way (C-002)."""
    settings = server.settings
    return {
        "marks": {},
        "engine": engine,
        "strength": str(strength),
        **cloaks.climb(settings, engine),
        "secret": base64.b64encode(server.derive("cloak")).decode(),
        "limits": {"bytes": settings.upload_limit, "pixels": settings.pixel_limit},
        "scan": False,
        "alone": True,
    }


def _made(options: Mapping[str, Any], picture: Path, folder: Path) -> dict[str, Any]:
    """What the process that opens pictures says at its end; every refusal is its own sentence."""
    try:
        ended = subprocess.run(  # noqa: S603  (no shell, and the process limits itself)
            [sys.executable, "-m", "media", str(picture), str(folder)],
            input=orjson.dumps(options),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError("This picture took too long.") from error
    said = [orjson.loads(line) for line in ended.stdout.splitlines()]
    last = said[-1] if said else {}
    if "done" not in last:
        raise CommandError(last.get("refused", "This picture could not be read on this machine."))
    return dict(last["done"])
