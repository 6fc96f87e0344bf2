"""`cloak-again`: pictures whose cloak is out of date, made anew from their originals."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from fedicara.actions import recloaking
from fedicara.actions.kinds import kinds
from fedicara.actions.roles import COMMAND_LINE
from fedicara.cli.configuration import Data, load, opened
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.server import Server
from fedicara.settings import Settings

LOOK = 0.3


def cloak_again(
    engines: Annotated[
        bool,
        typer.Option("--engines", help="Also pictures that another engine made than the one of the place."),
    ] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Once more those that could not be cloaked again.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Do it here, with a progress bar, whether a server runs or not.")
    ] = False,
    data: Data = None,
) -> None:
    """Cloak pictures again from their originals; prints how many are to be done."""
    count = asyncio.run(_order(load(data), engines=engines, failed=failed, wait=wait))
    typer.echo(count)


async def _order(settings: Settings, *, engines: bool, failed: bool, wait: bool) -> int:
    async with opened(settings) as server:
        async with server.database.transaction():
            count = await recloaking.order(server, COMMAND_LINE.name, engines=engines, failed=failed)
        if wait and count:
            await _work_off(server, count, engines=engines)
        return count


async def _work_off(server: Server, count: int, *, engines: bool) -> None:
    """Do what waits in this process; uploads that come meanwhile go first here too."""
    everything = kinds(server)
    names = (recloaking.KIND, "picture", "forget")
    worker = Worker(server, LeaseTable(server), {name: everything[name] for name in names})
    running = asyncio.create_task(worker.run())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Cloaking again", total=count)
            while (standing := await recloaking.standing(server)).is_running:
                left = standing.older + standing.others * engines
                bar.update(task, completed=count - left)
                await asyncio.sleep(LOOK)
    finally:
        await worker.stop(within=5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    if standing.failed:
        stay = "stays as it was" if standing.failed == 1 else "stay as they were"
        typer.echo(f"{standing.failed} could not be cloaked again and {stay}.", err=True)
