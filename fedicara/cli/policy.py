"""`policy`: what the place states about AI use, and how far artists may depart from it."""

import asyncio
from typing import Annotated

import orjson
import typer

from fedicara.actions import place_policy
from fedicara.actions.audit import COMMAND_LINE
from fedicara.actions.place_policy import Change
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.settings import Settings
from policies.instance import Instance, written
from policies.policy import FIELDS

policy_commands = typer.Typer(
    help="What the place states about AI use, and how far artists may depart from it.", no_args_is_help=True
)


@policy_commands.callback()
def _policy() -> None:
    """What the place states about AI use, and how far artists may depart from it."""


Json = Annotated[bool, typer.Option("--json", help="As one JSON object.")]
Fields = Annotated[list[str] | None, typer.Argument(metavar="[FIELD=VALUE…]", help="Of the default.")]


@policy_commands.command("show")
def show(as_json: Json = False, data: Data = None) -> None:
    """Print every field: its default, the loosest and the strictest value that artists may choose; tabs between."""
    _print(asyncio.run(_show(load(data))), as_json=as_json)


async def _show(settings: Settings) -> Instance:
    async with opened(settings) as server:
        return server.stated.instance


def _print(instance: Instance, *, as_json: bool) -> None:
    values = written(instance)
    if as_json:
        typer.echo(orjson.dumps(values).decode())
        return
    for field, words in FIELDS.items():
        floor = values["floor"].get(field, "")
        ceiling = values["ceiling"].get(field, [*words][-1] if floor else "")
        typer.echo("\t".join((field, values["default"][field], floor, ceiling)))


@policy_commands.command("set")
def set_policy(
    default: Fields = None,
    floor: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="The loosest value artists may choose; may stand again."),
    ] = None,
    ceiling: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="The strictest value artists may choose; may stand again."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Also where it permits more than before.")] = False,
    data: Data = None,
) -> None:
    """Set fields of the default and its bounds, and print what is in force then."""
    change = Change(_pairs(default), _pairs(floor), _pairs(ceiling))
    if change == Change():
        raise CommandError("Say what to set, as in `fedicara policy set search=deny`.", Exit.USAGE)
    _print(asyncio.run(_set(load(data), change, yes=yes)), as_json=False)


def _pairs(words: list[str] | None) -> dict[str, str]:
    pairs = {}
    for word in words or []:
        field, separator, value = word.partition("=")
        if not separator:
            raise CommandError(f"{word} is not FIELD=VALUE; the fields are {', '.join(FIELDS)}.", Exit.USAGE)
        pairs[field] = value
    return pairs


async def _set(settings: Settings, change: Change, *, yes: bool) -> Instance:
    async with opened(settings) as server:
        after = place_policy.considered(server.stated.instance, change)
        found = await place_policy.loosening(server, after.default)
        if found.fields and not yes:
            raise CommandError(f"{found.sentence} Say --yes to do it.")
        return await place_policy.change_place(server, COMMAND_LINE, change)
