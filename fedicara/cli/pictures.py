"""`pictures`: those that may not be shown here."""

import asyncio
from typing import Annotated

import typer

from fedicara.actions import banned
from fedicara.actions.errors import NotFound
from fedicara.actions.roles import COMMAND_LINE
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError
from fedicara.models import Work
from fedicara.settings import Settings

pictures_commands = typer.Typer(help="Pictures that may not be shown here.", no_args_is_help=True)


@pictures_commands.command("ban")
def ban(
    address: Annotated[
        str, typer.Argument(help="Address or id of a post that is known here, local or remote.")
    ],
    note: Annotated[str, typer.Option(help="Why, for those who look after the place.")] = "",
    data: Data = None,
) -> None:
    """Ban the pictures of a post and what looks like them, hide the post, and print how many are banned anew."""
    typer.echo(asyncio.run(_ban(load(data), address, note)))


async def _ban(settings: Settings, address: str, note: str) -> int:
    async with opened(settings) as server:
        work = await Work.get_or_none(uri=address) or await Work.filter(url=address).first()
        if work is None:
            raise CommandError(f"No post with the address {address} is known here.")
        return await banned.ban_work(server, COMMAND_LINE, work.id, note)


@pictures_commands.command("banned")
def list_banned(data: Data = None) -> None:
    """Print what is banned, newest first: number, time, by whom, the first digits of its pixels' hash, why; tabs between."""
    asyncio.run(_list(load(data)))


async def _list(settings: Settings) -> None:
    async with opened(settings):
        for each in await banned.listed():
            moment = f"{each.created:%Y-%m-%dT%H:%M:%SZ}"
            line = (str(each.id), moment, each.banned_by, each.pixels[:12], " ".join(each.note.split()))
            typer.echo("\t".join(line))


@pictures_commands.command("unban")
def unban(
    number: Annotated[
        int, typer.Argument(metavar="ID", help="The number that `pictures banned` prints first.")
    ],
    data: Data = None,
) -> None:
    """Take a ban back; what was hidden of other servers because of it is shown again."""
    asyncio.run(_unban(load(data), number))


async def _unban(settings: Settings, number: int) -> None:
    async with opened(settings) as server:
        try:
            await banned.lift(server, COMMAND_LINE, number)
        except NotFound:
            raise CommandError(f"There is no ban with the number {number}.") from None
