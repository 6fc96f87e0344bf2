"""`works post`: pictures from files to a published work."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from fedicara.actions import progress, uploads, works
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import NotFound
from fedicara.actions.kinds import kinds
from fedicara.actions.works import Draft
from fedicara.cli.accounts import Name, viewer_named
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Work
from fedicara.models.works import State
from fedicara.server import Server
from fedicara.settings import Settings
from policies.ai_made import Declaration

CHUNK = 256 * 1024
LOOK = 0.1

Leads = Annotated[
    list[int] | None,
    typer.Option(
        help="Number of a picture that comes first on servers which show four; up to four times.", min=1
    ),
]
Cloak = Annotated[
    str, typer.Option(help="light, standard, strong, external or none; the account's if not given.")
]

works_commands = typer.Typer(help="Works of the people here.", no_args_is_help=True)


class Visibility(StrEnum):
    """Who may see a work."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture's file and its alt text; `lead` is its place among those that come first elsewhere, 0 for none."""

    file: Path
    alt: str
    lead: int = 0


@works_commands.command("post")
def post(  # noqa: PLR0913  (one parameter for each option)
    name: Name,
    pictures: Annotated[
        list[Path], typer.Argument(help="Pictures, in their order.", exists=True, dir_okay=False)
    ],
    alt: Annotated[
        list[str] | None, typer.Option(help="Alt text, once for each picture, in their order.")
    ] = None,
    title: Annotated[str, typer.Option(help="The title.")] = "",
    caption: Annotated[str, typer.Option(help="The text below the pictures.")] = "",
    ai: Annotated[
        Declaration | None, typer.Option(help="The declaration about AI; the account's if not given.")
    ] = None,
    visibility: Annotated[Visibility, typer.Option(help="Who may see it.")] = Visibility.PUBLIC,
    medium: Annotated[
        list[str] | None,
        typer.Option(help="What it is made with, like gouache; once for each key of the vocabulary."),
    ] = None,
    lead: Leads = None,
    cloak: Cloak = "",
    data: Data = None,
) -> None:
    """Post a work and wait until it is out; prints its address, and only it, on stdout."""
    alts = alt or []
    if len(alts) > len(pictures):
        raise CommandError("There are more --alt texts than pictures.", Exit.USAGE)
    draft = Draft(
        title=title,
        caption=caption,
        ai=ai or "",
        visibility=visibility,
        medium=tuple(medium or ()),
        cloak=cloak,
    )
    sheets = _sheets(pictures, alts, lead or [])
    typer.echo(asyncio.run(_post(load(data), name, sheets, draft)))


def _sheets(pictures: Sequence[Path], alts: Sequence[str], leads: Sequence[int]) -> list[Sheet]:
    if leads and max(leads) > len(pictures):
        raise CommandError(f"There is no picture {max(leads)} to lead.", Exit.USAGE)
    places = {number: place for place, number in enumerate(dict.fromkeys(leads), 1)}
    texts = [*alts, *[""] * (len(pictures) - len(alts))]
    return [
        Sheet(file, text, places.get(number, 0))
        for number, (file, text) in enumerate(zip(pictures, texts, strict=True), 1)
    ]


async def _post(settings: Settings, name: str, sheets: Sequence[Sheet], draft: Draft) -> str:
    async with opened(settings) as server:
        viewer = await viewer_named(server, name)
        async with _own_worker(server):
            work = await publish(server, viewer, sheets, draft)
        await _tell_of_deliveries(server)
        return work.url


@asynccontextmanager
async def _own_worker(server: Server) -> AsyncIterator[None]:
    """Prepares pictures here, so that posting works while no server runs."""
    everything = kinds(server)
    worker = Worker(server, LeaseTable(server), {name: everything[name] for name in ("picture", "forget")})
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(within=5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await Worker(server, LeaseTable(server), {"forget": everything["forget"]}).drain()


async def publish(server: Server, viewer: Viewer, sheets: Sequence[Sheet], draft: Draft) -> Work:
    """Upload, publish, and show a bar on stderr until it is out; leaves nothing behind where it fails."""
    received: list[int] = []
    try:
        for sheet in sheets:
            async with aclosing(_chunks(sheet.file)) as chunks:
                picture = await uploads.receive(server, viewer, chunks, uploads.About(alt=sheet.alt))
            received.append(picture.id)
        leads = sorted((sheet.lead, each) for sheet, each in zip(sheets, received, strict=True) if sheet.lead)
        wish = replace(draft, pictures=tuple(received), leads=tuple(each for _, each in leads))
        work = await works.publish(server, viewer, wish)
    except BaseException:
        for identifier in received:
            with suppress(NotFound):
                await uploads.discard(server, viewer, identifier)
        raise
    return await _until_out(server, viewer, work)


async def _chunks(file: Path) -> AsyncGenerator[bytes, None]:
    async with await anyio.open_file(file, "rb") as source:
        while chunk := await source.read(CHUNK):
            yield chunk


async def _until_out(server: Server, viewer: Viewer, work: Work) -> Work:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Preparing", total=100)
        while (state := await progress.how_far(server, viewer, work.id)).state == State.PROCESSING:
            step = next(
                (each.step for each in state.pictures if each.state == State.PROCESSING), "publishing"
            )
            bar.update(task, completed=state.percent, description=step.capitalize())
            await asyncio.sleep(LOOK)
    if state.state == State.FAILED:
        await works.delete(server, viewer, work.id)
        raise CommandError(state.failure)
    if state.state == State.HELD:
        typer.echo(
            f"The work is held: its file says otherwise than its declaration. Why, and the ways out: {work.url}",
            err=True,
        )
    return await Work.get(id=work.id)


async def _tell_of_deliveries(server: Server) -> None:
    waiting = (await LeaseTable(server).counts()).get("deliver", 0)
    if waiting:
        typer.echo(
            f"{waiting} deliveries to other servers wait; they leave while `fedicara serve` or `fedicara work` runs.",
            err=True,
        )
