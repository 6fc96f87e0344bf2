"""`keys`: the keys that people here and the place itself sign with."""

import asyncio
from typing import Annotated

import typer

from fedicara.actions import keys
from fedicara.actions.audit import COMMAND_LINE
from fedicara.actions.errors import NotFound
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.settings import Settings

keys_commands = typer.Typer(
    help="Keys that people here and the place itself sign with.", no_args_is_help=True
)


@keys_commands.callback()
def _keys() -> None:
    """Keys that people here and the place itself sign with."""


@keys_commands.command("rotate")
def rotate(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Whose keys change.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's, and the place's own.")] = False,
    data: Data = None,
) -> None:
    """Make new keys and tell other servers; prints the id of each actor whose keys changed."""
    if bool(names) == everybody:
        raise CommandError("Say whose keys change: names, or --all.", Exit.USAGE)
    for uri in asyncio.run(_rotate(load(data), names or [])):
        typer.echo(uri)


async def _rotate(settings: Settings, names: list[str]) -> list[str]:
    async with opened(settings) as server:
        if not names:
            return await keys.rotate_all(server, COMMAND_LINE)
        try:
            return await keys.rotate(server, COMMAND_LINE, [name.lstrip("@") for name in names])
        except NotFound:
            raise CommandError(f"Not everybody of {', '.join(names)} is here; nothing was changed.") from None
