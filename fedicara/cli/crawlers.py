"""`crawlers`: the table of crawlers in force, lists that others keep, and what you say above them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Final

import typer

from fedicara.actions import crawlers
from fedicara.actions.audit import COMMAND_LINE
from fedicara.actions.blocklists import UnreadableError
from fedicara.actions.crawlers import Import
from fedicara.actions.errors import NotFound
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.reads import crawlers as reads
from fedicara.server import Server
from fedicara.settings import Settings
from policies.exports import FORMATS, export

_HITS: Final = timedelta(days=30)

crawlers_commands = typer.Typer(help="Crawlers that name themselves.", no_args_is_help=True)


@crawlers_commands.command("list")
def list_table(data: Data = None) -> None:
    """Print the table: token, operator, purpose, robots, deny, verify, origin, refused in 30 days, what you set, quarantine."""
    for line in asyncio.run(_list(load(data))):
        typer.echo(line)


async def _list(settings: Settings) -> list[str]:
    async with opened(settings) as server:
        table = await crawlers.in_force(server)
        hits = await reads.hits(server, (server.now() - _HITS).date())
        return [
            "\t".join(
                (
                    row.token,
                    row.operator,
                    row.purpose,
                    row.robots,
                    row.deny,
                    row.verify,
                    row.origin,
                    str(hits.get(row.token, 0)),
                    ", ".join(sorted(table.said_of(row))),
                    table.kept_apart.get(row, ""),
                )
            )
            for row in table.listed
        ]


@crawlers_commands.command("import")
def import_list(
    where: Annotated[
        str, typer.Argument(metavar="PATH|URL", help="JSON as ai.robots.txt or `crawlers export` writes it.")
    ],
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without, only print what would change.")
    ] = False,
    data: Data = None,
) -> None:
    """Take over a list of crawlers: + added, - removed, ~ changed, ? quarantined, ! not usable."""
    for line in _shown(asyncio.run(_import(load(data), where, apply=apply))):
        typer.echo(line)
    if not apply:
        typer.echo("Nothing was changed; add --apply to do it.", err=True)


def _shown(wanted: Import) -> Iterator[str]:
    changes = wanted.changes
    for sign, rows in (("+", changes.added), ("-", changes.removed), ("~", changes.changed)):
        yield from (f"{sign}\t{row.token}\t{row.purpose}\t{row.operator}" for row in rows)
    yield from (f"?\t{token}\t{reason}" for token, reason in wanted.kept_apart.items())
    yield from (f"!\t{token}\t{reason}" for token, reason in wanted.reading.rejected.items())


async def _import(settings: Settings, where: str, *, apply: bool) -> Import:
    async with opened(settings) as server:
        with _said_plainly():
            wanted = await crawlers.preview(server, where)
        if apply:
            await crawlers.apply(server, COMMAND_LINE, wanted)
        return wanted


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Lists that cannot be read end a command like every server that cannot be reached."""
    try:
        yield
    except UnreadableError as error:
        raise CommandError(error.sentence, Exit.UNREACHABLE) from error


@crawlers_commands.command("rollback")
def rollback(data: Data = None) -> None:
    """Withdraw the list that was taken over last, so that the one before it is in force again."""
    source = asyncio.run(_rollback(load(data)))
    typer.echo(f"In force again: {source or 'the table that comes with this version'}.", err=True)


async def _rollback(settings: Settings) -> str:
    async with opened(settings) as server:
        try:
            return await crawlers.rollback(server, COMMAND_LINE)
        except NotFound:
            raise CommandError("No list was taken over.") from None


@crawlers_commands.command("set")
def set_columns(
    token: Annotated[str, typer.Argument(help="The name of a row, or of a new one.")],
    columns: Annotated[
        list[str],
        typer.Argument(
            metavar="COLUMN=VALUE…",
            help="operator, purpose, robots, deny, verify, note or confirmed; empty takes it back.",
        ),
    ],
    data: Data = None,
) -> None:
    """Say something of one crawler; it stands above every list."""
    pairs = dict(each.partition("=")[::2] for each in columns)
    if any("=" not in each for each in columns):
        raise CommandError("Write columns as COLUMN=VALUE, for example deny=never.", Exit.USAGE)
    asyncio.run(_set(load(data), token, pairs))


async def _set(settings: Settings, token: str, columns: dict[str, str]) -> None:
    async with opened(settings) as server:
        await crawlers.set_columns(server, COMMAND_LINE, token, columns)


@crawlers_commands.command("export")
def export_table(
    form: Annotated[str, typer.Option("--format", help=f"{', '.join(FORMATS)}.")] = "json", data: Data = None
) -> None:
    """Print the table for a server in front, or as JSON for `crawlers import`."""
    if form not in FORMATS:
        raise CommandError(f"--format is {', '.join(FORMATS)}.", Exit.USAGE)
    typer.echo(asyncio.run(_export(load(data), form)), nl=False)


async def _export(settings: Settings, form: str) -> str:
    async with opened(settings) as server:
        return await _exported(server, form)


async def _exported(server: Server, form: str) -> str:
    table, settings = await crawlers.in_force(server), server.settings
    return export(form, table.rows, server.policy(), settings.base_url, settings.deny_action)
