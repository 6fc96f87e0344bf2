"""`reports`: what people ask to be looked at."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import orjson
import typer

from fedicara.actions import moderation
from fedicara.actions.errors import NotFound
from fedicara.actions.roles import COMMAND_LINE
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError
from fedicara.models import Report
from fedicara.models.reports import Decision
from fedicara.settings import Settings

reports_commands = typer.Typer(help="Reports about accounts and posts.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", help="The number that `reports list` prints first.")]


@reports_commands.command("list")
def list_reports(
    decided: Annotated[
        bool, typer.Option("--decided", help="Those that are decided, instead of the open ones.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 100,
    data: Data = None,
) -> None:
    """Print reports, newest first: number, time, reason, about whom, by whom, decision; tabs between."""
    for report in asyncio.run(_list(load(data), is_open=not decided, limit=limit)):
        typer.echo("\t".join(_line(report)))


async def _list(settings: Settings, *, is_open: bool, limit: int) -> Sequence[Report]:
    async with opened(settings):
        return await moderation.reports(is_open=is_open, limit=limit)


def _line(report: Report) -> tuple[str, ...]:
    moment = f"{report.created:%Y-%m-%dT%H:%M:%SZ}"
    return (str(report.id), moment, report.category, report.target.handle, _sender(report), report.decision)


def _sender(report: Report) -> str:
    return report.reporter.handle if report.reporter else ""


@reports_commands.command("show")
def show(number: Number, data: Data = None) -> None:
    """Print one report as a JSON object."""
    typer.echo(orjson.dumps(asyncio.run(_show(load(data), number))).decode())


async def _show(settings: Settings, number: int) -> dict[str, object]:
    async with opened(settings):
        found = await _found(number)
        return {
            "id": str(found.id),
            "at": found.created,
            "about": found.target.uri,
            "by": _sender(found),
            "category": found.category,
            "words": found.words,
            "posts": found.posts,
            "times": found.times,
            "forwarded": found.forwarded,
            "decision": found.decision,
            "note": found.note,
            "decided_by": found.decided_by,
        }


async def _found(number: int) -> Report:
    try:
        return await moderation.report(number)
    except NotFound:
        raise CommandError(f"There is no report {number}; see `fedicara reports list`.") from None


@reports_commands.command("close")
def close(
    number: Number,
    decision: Annotated[Decision, typer.Option(help="What is done.")] = Decision.CLOSE,
    note: Annotated[str, typer.Option(help="Why, for those who look after the place.")] = "",
    data: Data = None,
) -> None:
    """Decide about a report: nothing, hide or remove its posts, suspend the account, or close it as settled otherwise."""
    asyncio.run(_close(load(data), number, decision, note))


async def _close(settings: Settings, number: int, decision: Decision, note: str) -> None:
    async with opened(settings) as server:
        await _found(number)
        await moderation.decide(server, COMMAND_LINE, number, decision, note)
