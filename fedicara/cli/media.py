"""`media`: whether rows and files agree, what is done where they do not, and what was done to each file."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer

from fedicara.actions import originals, processing, sweep
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.settings import Settings
from fedicara.storage import open_storage

media_commands = typer.Typer(
    help="Files of pictures: what was done to them, and whether all are there.", no_args_is_help=True
)


@media_commands.callback()
def _media() -> None:
    """Files of pictures: what was done to them, and whether all are there."""


@media_commands.command("check")
def check(data: Data = None) -> None:
    """Compare rows and files, change nothing; prints what is missing and what no row names, and fails if anything is missing."""
    found = asyncio.run(_compare(load(data)))
    for word, keys in (("missing", found.missing), ("unnamed", found.orphans)):
        for key in keys:
            typer.echo(f"{word} {key}")
    if found.missing:
        raise CommandError(f"{len(found.missing)} files that rows name are not there.")


async def _compare(settings: Settings) -> sweep.Findings:
    async with opened(settings) as server:
        return await sweep.compare(server, datetime.now(UTC) - sweep.ORPHANED)


@media_commands.command("sweep")
def swept(data: Data = None) -> None:
    """Remove now what the server removes by itself within hours; prints each file that is gone."""
    for key in asyncio.run(_sweep(load(data))):
        typer.echo(key)


async def _sweep(settings: Settings) -> tuple[str, ...]:
    async with opened(settings) as server:
        now = datetime.now(UTC)
        await sweep.temporary(server, now - sweep.TEMPORARY)
        return (await sweep.settle(server, now - sweep.ORPHANED)).orphans


@media_commands.command("reseal")
def reseal(data: Data = None) -> None:
    """Seal every original with the newest key of `original_keys`; prints how many were sealed anew."""
    settings = load(data)
    if settings.original_keys is None:
        raise CommandError("original_keys names no file of keys.", Exit.SETTINGS)
    typer.echo(asyncio.run(_reseal(settings)))


async def _reseal(settings: Settings) -> int:
    async with opened(settings):
        return await originals.reseal(open_storage(settings))


@media_commands.command("report")
def report(
    identifier: Annotated[int, typer.Argument(metavar="ID", help="The id of a picture or a work.")],
    data: Data = None,
) -> None:
    """Print what was done to the file of a picture, or to those of a work, as one JSON object a line."""
    found = asyncio.run(_known(load(data), identifier))
    if not found:
        raise CommandError(
            f"There is no picture and no work with pictures {identifier} that was prepared here."
        )
    for each in found:
        typer.echo(orjson.dumps(each).decode())


async def _known(settings: Settings, identifier: int) -> list[dict[str, Any]]:
    async with opened(settings):
        return await processing.known(identifier)
