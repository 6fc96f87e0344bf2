"""`accounts` and `tokens create`."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from fedicara.actions import accounts, authentication, deletion, moderation, moving, suspension
from fedicara.actions.accounts import NewAccount
from fedicara.actions.authentication import SCOPES, Viewer
from fedicara.actions.errors import NotFound
from fedicara.actions.roles import COMMAND_LINE, Moderator
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.models import Account, Actor
from fedicara.models.accounts import Role
from fedicara.server import Server
from fedicara.settings import Settings
from policies.ai_made import Declaration

accounts_commands = typer.Typer(help="People of this server.")
tokens_commands = typer.Typer(help="Bearer tokens for apps and scripts.")

Name = Annotated[str, typer.Argument(help="The user name, without @.")]
Somebody = Annotated[
    str, typer.Argument(metavar="NAME|HANDLE", help="A user name, or the handle of somebody elsewhere.")
]
Note = Annotated[str, typer.Option(help="Why, for those who look after the place.")]
Decision = Callable[[Server, Moderator, Actor, str], Awaitable[None]]


@accounts_commands.command("create")
def create_account(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.ARTIST,
    email: Annotated[str, typer.Option(help="Where messages for this person go.")] = "",
    ai: Annotated[
        Declaration, typer.Option(help="The declaration about AI new posts begin with.")
    ] = Declaration.NONE,
    password_stdin: Annotated[
        bool, typer.Option(help="Read the password from the first line of stdin.")
    ] = False,
    data: Data = None,
) -> None:
    """Make an account; prints the address of its page."""
    settings = load(data)
    new = NewAccount(name, _password(from_stdin=password_stdin), email, role, ai)
    typer.echo(asyncio.run(_create_account(settings, new)))


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    made = secrets.token_urlsafe(12)
    typer.echo(f"Password: {made}", err=True)
    return made


async def _create_account(settings: Settings, new: NewAccount) -> str:
    async with opened(settings) as server:
        account = await accounts.create(server, new)
        return account.actor.url


@accounts_commands.command("suspend")
def suspend(somebody: Somebody, note: Note = "", data: Data = None) -> None:
    """Show nothing of an account any more, and send nothing in its name; its logins and tokens end."""
    asyncio.run(_decide(load(data), suspension.suspend, somebody, note))


@accounts_commands.command("unsuspend")
def unsuspend(somebody: Somebody, note: Note = "", data: Data = None) -> None:
    """Take a suspension back."""
    asyncio.run(_decide(load(data), suspension.unsuspend, somebody, note))


async def _decide(settings: Settings, decision: Decision, somebody: str, note: str) -> None:
    async with opened(settings) as server:
        await decision(server, COMMAND_LINE, await _known(server, somebody), note)


async def _known(server: Server, somebody: str) -> Actor:
    try:
        return await moderation.named(server, somebody)
    except NotFound:
        raise CommandError(f"Nobody is known here as {somebody}.") from None


@accounts_commands.command("delete")
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
) -> None:
    """Delete an account for good: its works, pictures and files too. The name is never given again."""
    settings = load(data)
    if not yes:
        confirm(f"Everything {name} made here goes. Type {name} to delete the account", name)
    asyncio.run(_delete(settings, name))


def confirm(question: str, answer: str) -> None:
    """Go on only if the person types the answer."""
    if not sys.stdin.isatty():
        raise CommandError("Nobody is there to be asked; say --yes.", Exit.USAGE)
    if typer.prompt(question, err=True) != answer:
        raise CommandError("That was something else; nothing was changed.")


async def _delete(settings: Settings, name: str) -> None:
    async with opened(settings) as server:
        actor = await _known(server, name)
        if not actor.is_local or not await Account.filter(actor_id=actor.id).exists():
            raise CommandError(f"{name} has no account here.")
        await deletion.delete(server, COMMAND_LINE.name, actor)


@accounts_commands.command("move")
def move_account(
    name: Name,
    target: Annotated[str, typer.Argument(help="Where to: @name@host, or an account's address.")],
    data: Data = None,
) -> None:
    """Move somebody to another account, which names this one; prints the new account's id."""
    typer.echo(asyncio.run(_move(load(data), name, target)))
    typer.echo("Followers are told while `fedicara serve` or `fedicara work` runs.", err=True)


async def _move(settings: Settings, name: str, target: str) -> str:
    async with opened(settings) as server:
        viewer = await viewer_named(server, name)
        return (await moving.move(server, viewer, target, by=COMMAND_LINE.name)).uri


@accounts_commands.command("unmove")
def unmove_account(name: Name, data: Data = None) -> None:
    """Take a move back within seven days; followers who left do not come back by it."""
    asyncio.run(_unmove(load(data), name))


async def _unmove(settings: Settings, name: str) -> None:
    async with opened(settings) as server:
        try:
            await moving.come_back(server, await viewer_named(server, name), by=COMMAND_LINE.name)
        except NotFound:
            raise CommandError(f"{name} did not move.") from None


@tokens_commands.command("create")
def create_token(
    name: Name,
    scope: Annotated[str, typer.Option(help="Words between spaces: read write follow push.")],
    data: Data = None,
) -> None:
    """Make a bearer token; prints it, and only it, on stdout."""
    unknown = [word for word in scope.split() if word.partition(":")[0] not in SCOPES]
    if unknown or not scope.split():
        raise CommandError(f"--scope takes some of {', '.join(sorted(SCOPES))}.", Exit.USAGE)
    typer.echo(asyncio.run(_create_token(load(data), name, scope)))


async def _create_token(settings: Settings, name: str, scope: str) -> str:
    async with opened(settings) as server:
        viewer = await viewer_named(server, name)
        return await authentication.make_token(server, viewer.account, scope)


async def viewer_named(server: Server, name: str) -> Viewer:
    """Somebody of this server, as if they had signed in."""
    actor = await accounts.local_actor(server, name.lstrip("@"))
    if actor is None:
        raise CommandError(
            f"Nobody here is called {name}; make the account with `fedicara accounts create {name}`."
        )
    return Viewer(await Account.get(actor_id=actor.id), actor, SCOPES)
