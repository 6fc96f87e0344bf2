"""`domains`: what is done to other servers."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from fedicara.actions import blocklists, domains, subscriptions
from fedicara.actions.audit import COMMAND_LINE
from fedicara.actions.blocklists import UnreadableError
from fedicara.actions.domains import Changes
from fedicara.actions.errors import NotFound
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.models import DomainRule, Subscription
from fedicara.models.moderation import Action
from fedicara.settings import Settings

domains_commands = typer.Typer(help="Rules about other servers.", no_args_is_help=True)

Source = Annotated[str, typer.Argument(metavar="FILE|URL", help="CSV as Mastodon exports it, or plain text.")]
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
    where: Source,
    source: Annotated[str, typer.Option(help="The name of the list; its address if not given.")] = "",
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without, only print what would change.")
    ] = False,
    data: Data = None,
) -> None:
    """Take over a list: add what is new on it, retract what it no longer has."""
    _print(asyncio.run(_import(load(data), where, source or where, apply=apply)))
    if not apply:
        typer.echo("Nothing was changed; add --apply to do it.", err=True)


def _print(changes: Changes) -> None:
    for sign, rules in (("+", changes.added), ("-", changes.retracted)):
        for domain, action in rules:
            typer.echo(f"{sign}\t{domain}\t{action}")
    for domain in changes.spared:
        typer.echo(f"{domain} is this place or allowed, and left alone.", err=True)


async def _import(settings: Settings, where: str, source: str, *, apply: bool) -> Changes:
    async with opened(settings) as server:
        with _said_plainly():
            entries = await blocklists.read(server, where)
        changes = await domains.compare(server, source, entries)
        if apply:
            await domains.apply(server, COMMAND_LINE, source, changes)
        return changes


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Lists that cannot be read end a command like every server that cannot be reached."""
    try:
        yield
    except UnreadableError as error:
        raise CommandError(error.sentence, Exit.UNREACHABLE) from error
    except NotFound:
        raise CommandError("That list is not subscribed to; see `fedicara domains subscriptions`.") from None


@domains_commands.command("confirm")
def confirm(domain: Domain, data: Data = None) -> None:
    """Keep what lists say about a domain even when they retract it."""
    asyncio.run(_confirm(load(data), domain))


async def _confirm(settings: Settings, domain: str) -> None:
    async with opened(settings) as server:
        try:
            await domains.confirm(server, COMMAND_LINE, domain)
        except NotFound:
            raise CommandError(
                f"No list says anything about {domain}; see `fedicara domains list`."
            ) from None


@domains_commands.command("subscriptions")
def list_subscriptions(data: Data = None) -> None:
    """Print every list this place follows: source, domains, when it was taken over, what went wrong since."""
    for each in asyncio.run(_subscriptions(load(data))):
        taken = each.refreshed.isoformat(timespec="seconds") if each.refreshed else ""
        typer.echo("\t".join((each.source, str(each.entries), taken, each.failure)))


async def _subscriptions(settings: Settings) -> Sequence[Subscription]:
    async with opened(settings):
        return await subscriptions.listed()


@domains_commands.command("subscribe")
def subscribe(where: Source, data: Data = None) -> None:
    """Take over a list now, and again every day."""
    _print(asyncio.run(_subscribe(load(data), where)))


async def _subscribe(settings: Settings, where: str) -> Changes:
    async with opened(settings) as server:
        with _said_plainly():
            return await subscriptions.subscribe(server, COMMAND_LINE, where)


@domains_commands.command("unsubscribe")
def unsubscribe(where: Source, data: Data = None) -> None:
    """Follow a list no longer, and take its rules away; those set or confirmed by hand stay."""
    gone = asyncio.run(_unsubscribe(load(data), where))
    typer.echo(f"{gone} rules are gone.", err=True)


async def _unsubscribe(settings: Settings, where: str) -> int:
    async with opened(settings) as server:
        with _said_plainly():
            return await subscriptions.unsubscribe(server, COMMAND_LINE, where)


@domains_commands.command("refresh")
def refresh(
    where: Annotated[str, typer.Argument(metavar="[FILE|URL]", help="One list; all if not given.")] = "",
    even_halved: Annotated[
        bool, typer.Option("--even-halved", help="Also where more than half of its domains are gone.")
    ] = False,
    data: Data = None,
) -> None:
    """Take lists over as they are now, without waiting for the daily time."""
    failures = asyncio.run(_refresh(load(data), where, even_halved))
    if failures:
        raise CommandError(" ".join(failures), Exit.UNREACHABLE)


async def _refresh(settings: Settings, where: str, even_halved: bool) -> list[str]:
    failures = []
    async with opened(settings) as server:
        for source in [where] if where else [each.source for each in await subscriptions.listed()]:
            try:
                with _said_plainly():
                    _print(await subscriptions.refresh(server, COMMAND_LINE, source, even_halved=even_halved))
            except CommandError as error:
                failures.append(error.sentence)
    return failures
