"""`cases`: works whose files say otherwise than their artists; and `ai-made`: what the place does with works made with AI."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import orjson
import typer

from fedicara.actions import ai_made, cases
from fedicara.actions.errors import NotFound
from fedicara.actions.roles import COMMAND_LINE
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.models import AiCase
from fedicara.reads import ai_made as reads
from fedicara.settings import Settings
from policies.ai_made import RemoteRule, Rule
from policies.cases import Act

cases_commands = typer.Typer(help="Works whose files say otherwise than their artists.", no_args_is_help=True)
ai_made_commands = typer.Typer(help="What the place does with works made with AI.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", help="The number that `cases list` prints first.")]
Note = Annotated[str, typer.Option(help="Why, for those who look after the place.")]


@cases_commands.command("list")
def list_cases(
    decided: Annotated[
        bool, typer.Option("--decided", help="Those that ended, instead of the open ones.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 100,
    data: Data = None,
) -> None:
    """Print cases, the most urgent first: number, since when, why, stage, by whom, which work; tabs between."""
    for found in asyncio.run(_list(load(data), is_open=not decided, limit=limit)):
        moment = f"{found.since:%Y-%m-%dT%H:%M:%SZ}"
        typer.echo(
            "\t".join((str(found.id), moment, found.kind, found.stage, found.actor.handle, found.work.url))
        )


async def _list(settings: Settings, *, is_open: bool, limit: int) -> Sequence[AiCase]:
    async with opened(settings):
        return await cases.queue(is_open=is_open, limit=limit)


@cases_commands.command("show")
def show(number: Number, data: Data = None) -> None:
    """Print one case as a JSON object, with what the files say and what can be decided."""
    typer.echo(orjson.dumps(asyncio.run(_show(load(data), number))).decode())


async def _show(settings: Settings, number: int) -> dict[str, object]:
    async with opened(settings):
        found = await _found(number)
        return {
            "id": str(found.id),
            "work": found.work.uri,
            "by": found.actor.handle,
            "kind": found.kind,
            "stage": found.stage,
            "since": found.since,
            "declared": found.work.ai,
            "evidence": found.evidence,
            "course": found.course,
            "decisions": cases.choices(found),
        }


async def _found(number: int) -> AiCase:
    try:
        return await cases.case(number)
    except NotFound:
        raise CommandError(f"There is no case {number}; see `fedicara cases list`.") from None


@cases_commands.command("clear")
def clear(number: Number, note: Note = "", data: Data = None) -> None:
    """Show the work as its artist declared it; its pictures are not held again."""
    _decide(data, number, Act.CLEAR, note)


@cases_commands.command("uphold")
def uphold(number: Number, note: Note = "", data: Data = None) -> None:
    """Let a hold, or a removal, stand; the artist may ask for a second look once."""
    _decide(data, number, Act.UPHOLD, note)


@cases_commands.command("ask")
def ask(number: Number, note: Note = "", data: Data = None) -> None:
    """Ask the artist, who has seven days; the work stays as it is meanwhile."""
    _decide(data, number, Act.ASK, note)


@cases_commands.command("label")
def label(number: Number, note: Note = "", data: Data = None) -> None:
    """Let the work bear a label, set by this place."""
    _decide(data, number, Act.LABEL, note)


@cases_commands.command("remove")
def remove(number: Number, note: Note = "", data: Data = None) -> None:
    """Hide the work: only its artist sees it."""
    _decide(data, number, Act.REMOVE, note)


def _decide(data: Data, number: int, act: Act, note: str) -> None:
    async def run(settings: Settings) -> None:
        async with opened(settings) as server:
            await _found(number)
            await cases.decide(server, COMMAND_LINE, number, act, note)

    asyncio.run(run(load(data)))


@ai_made_commands.command("show")
def show_rules(data: Data = None) -> None:
    """Print the rules: about what, which rule; a tab between."""
    asyncio.run(_print(load(data), {}))


@ai_made_commands.command("set")
def set_rules(
    generated: Annotated[Rule | None, typer.Option(help="Works that were generated with AI.")] = None,
    assisted: Annotated[Rule | None, typer.Option(help="Works made with the help of AI.")] = None,
    remote: Annotated[RemoteRule | None, typer.Option(help="Works of other servers of either kind.")] = None,
    data: Data = None,
) -> None:
    """Set rules, and print what is in force then."""
    given = {"generated": generated, "assisted": assisted, "remote": remote}
    wanted = {about: rule.value for about, rule in given.items() if rule is not None}
    if not wanted:
        raise CommandError("Say what to set, as in `fedicara ai-made set --assisted allow`.", Exit.USAGE)
    asyncio.run(_print(load(data), wanted))


async def _print(settings: Settings, wanted: dict[str, str]) -> None:
    async with opened(settings) as server:
        if wanted:
            await ai_made.set_rules(server, COMMAND_LINE.name, wanted)
        rules = await reads.rules(server)
        for about in ("generated", "assisted", "remote"):
            typer.echo(f"{about}\t{getattr(rules, about)}")
