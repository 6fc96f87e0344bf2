"""`media`: the files of pictures."""

import asyncio
from typing import Annotated, Any

import orjson
import typer

from fedicara.actions import processing
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError
from fedicara.settings import Settings

media_commands = typer.Typer(help="Files of pictures.", no_args_is_help=True)


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
