"""`hosts`: other servers that are known here."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from fedicara.actions import hosts, remote_default
from fedicara.actions.audit import COMMAND_LINE
from fedicara.actions.hosts import KnownHost
from fedicara.cli.configuration import Data, load, opened
from fedicara.settings import Settings

hosts_commands = typer.Typer(help="Other servers that are known here.", no_args_is_help=True)


@hosts_commands.callback()
def _hosts() -> None:
    """Other servers that are known here."""


@hosts_commands.command("list")
def list_hosts(data: Data = None) -> None:
    """Print every server, tabs between.

    Host, software, version, people, people with new keys, pictures, bytes; contrary, neutral or aligned to our policy
    of training, why, whether it signs, and how often it got a preview instead of a large picture.
    """
    for each in asyncio.run(_list(load(data))):
        counts = (each.people, each.rekeyed, each.pictures, each.picture_bytes)
        stands = (each.standing, each.evidence, "signs" if each.signs else "", str(each.previews))
        typer.echo("\t".join((each.host, each.software, each.version, *map(str, counts), *stands)))


@hosts_commands.command("mark")
def mark(host: str, standing: str, data: Data = None) -> None:
    """Let a server stand as `contrary`, `neutral` or `aligned`; `none` lets it stand as it states itself."""
    asyncio.run(_mark(load(data), host, "" if standing == "none" else standing))


async def _mark(settings: Settings, host: str, standing: str) -> None:
    async with opened(settings) as server:
        await hosts.mark(server, COMMAND_LINE, host, standing)


@hosts_commands.command("default")
def default(
    chosen: Annotated[
        list[str] | None,
        typer.Argument(metavar="FIELD=VALUE…", help="Fields to set: search, ai_train, ai_input, tdm."),
    ] = None,
    data: Data = None,
) -> None:
    """Print what our copies say where another server says nothing; with FIELD=VALUE, set that first.

    The value `origin` repeats what the other server says and states nothing where it is silent.
    """
    pairs = dict(each.partition("=")[::2] for each in chosen or ())
    for field, value in asyncio.run(_default(load(data), pairs)).items():
        typer.echo(f"{field}={value}")


async def _default(settings: Settings, chosen: Mapping[str, str]) -> Mapping[str, str]:
    async with opened(settings) as server:
        if chosen:
            return await remote_default.change(server, COMMAND_LINE, chosen)
        return await remote_default.current()


async def _list(settings: Settings) -> Sequence[KnownHost]:
    async with opened(settings) as server:
        return await hosts.listed(server)
