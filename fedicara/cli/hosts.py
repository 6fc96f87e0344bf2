"""`hosts`: other servers that are known here."""

import asyncio
from collections.abc import Sequence

import typer

from fedicara.actions import hosts
from fedicara.actions.hosts import KnownHost
from fedicara.cli.configuration import Data, load, opened
from fedicara.settings import Settings

hosts_commands = typer.Typer(help="Other servers that are known here.", no_args_is_help=True)


@hosts_commands.callback()
def _hosts() -> None:
    """Other servers that are known here."""


@hosts_commands.command("list")
def list_hosts(data: Data = None) -> None:
    """Print every server: host, software, version, people, people with new keys, pictures, bytes; tabs between."""
    for each in asyncio.run(_list(load(data))):
        counts = (each.people, each.rekeyed, each.pictures, each.picture_bytes)
        typer.echo("\t".join((each.host, each.software, each.version, *map(str, counts))))


async def _list(settings: Settings) -> Sequence[KnownHost]:
    async with opened(settings) as server:
        return await hosts.listed(server)
