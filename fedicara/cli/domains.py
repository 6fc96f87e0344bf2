"""`domains`: what is done to other servers."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import anyio
import typer

from fedicara.actions import blocklists, domains
from fedicara.actions.audit import COMMAND_LINE
from fedicara.actions.domains import Changes
from fedicara.actions.errors import NotFound
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.federation.http import NetworkError
from fedicara.models import DomainRule
from fedicara.models.moderation import Action
from fedicara.server import Server
from fedicara.settings import Settings

domains_commands = typer.Typer(help="Rules about other servers.", no_args_is_help=True)

Domain = Annotated[str, typer.Argument(help="The domain; everything below it is meant too.")]


@domains_commands.command("list")
def list_rules(data: Data = None) -> None:
    """Print every rule: domain, action, the list it came from, note; tabs between."""
    for rule in asyncio.run(_list(load(data))):
        typer.echo("\t".join((rule.domain, rule.action, rule.source, " ".join(rule.note.split()))))


async def _list(settings: Settings) -> Sequence[DomainRule]:
    async with opened(settings):
        return await domains.listed()


@domains_commands.command("set")
def set_rule(
    domain: Domain,
    action: Annotated[Action, typer.Argument(help="What is done to it.")],
    note: Annotated[str, typer.Option(help="Why, for those who look after the place.")] = "",
    data: Data = None,
) -> None:
    """Add a rule by hand."""
    settings = load(data)
    asyncio.run(_set(settings, domain, action, note))
    if settings.federation == "open" and action is Action.REJECT:
        typer.echo("federation is open: nobody is rejected until that setting is changed.", err=True)


async def _set(settings: Settings, domain: str, action: Action, note: str) -> None:
    async with opened(settings) as server:
        await domains.set_rule(server, COMMAND_LINE, domain, action, note)


@domains_commands.command("remove")
def remove(domain: Domain, data: Data = None) -> None:
    """Take away every rule that was set by hand about a domain."""
    asyncio.run(_remove(load(data), domain))


async def _remove(settings: Settings, domain: str) -> None:
    async with opened(settings) as server:
        try:
            await domains.remove_rules(server, COMMAND_LINE, domain)
        except NotFound:
            raise CommandError(
                f"No rule about {domain} was set by hand; see `fedicara domains list`."
            ) from None


@domains_commands.command("import")
def import_list(
    where: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="CSV as Mastodon exports it, or plain text.")
    ],
    source: Annotated[str, typer.Option(help="The name of the list; its address if not given.")] = "",
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without, only print what would change.")
    ] = False,
    data: Data = None,
) -> None:
    """Take over a list: add what is new on it, retract what it no longer has."""
    changes = asyncio.run(_import(load(data), where, source or where, apply=apply))
    for sign, rules in (("+", changes.added), ("-", changes.retracted)):
        for domain, action in rules:
            typer.echo(f"{sign}\t{domain}\t{action}")
    for domain in changes.spared:
        typer.echo(f"{domain} is this place or allowed, and left alone.", err=True)
    if not apply:
        typer.echo("Nothing was changed; add --apply to do it.", err=True)


async def _import(settings: Settings, where: str, source: str, *, apply: bool) -> Changes:
    async with opened(settings) as server:
        entries = blocklists.parse(await _text(server, where))
        if not entries:
            raise CommandError(
                f"{where} names no domain; a list is CSV with a domain column, or a domain per line."
            )
        changes = await domains.compare(server, source, entries)
        if apply:
            await domains.apply(server, COMMAND_LINE, source, changes)
        return changes


async def _text(server: Server, where: str) -> str:
    if "://" not in where:
        try:
            return await anyio.Path(where).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{where} cannot be read: {error}.") from error
    try:
        answer = await server.network.get(where, {"Accept": "text/csv, text/plain"}, limit=1 << 23)
    except NetworkError as error:
        raise CommandError(f"{where} cannot be reached: {error.reason}.", Exit.UNREACHABLE) from error
    if answer.status != 200:
        raise CommandError(f"{where} answered {answer.status}.", Exit.UNREACHABLE)
    return answer.body.decode("utf-8", "replace")
