"""`retire`: close a place for good."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from fedicara.actions import retirement
from fedicara.actions.audit import COMMAND_LINE
from fedicara.actions.kinds import kinds
from fedicara.cli.accounts import confirm
from fedicara.cli.configuration import Data, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.reads.place import Standing, standing
from fedicara.server import Server
from fedicara.settings import Settings

WEEK = 168.0
LOOK = 0.2


def retire(
    yes: Annotated[
        str, typer.Option(metavar="DOMAIN", help="The domain, typed here instead of asked for.")
    ] = "",
    wait: Annotated[
        float, typer.Option(metavar="HOURS", help="How long to wait for deliveries, twice at most.", min=0)
    ] = WEEK,
    data: Data = None,
) -> None:
    """Delete every account, tell every server, then answer 410 for everything. It cannot be taken back."""
    settings = load(data)
    if yes and yes != settings.domain:
        raise CommandError(f"--yes takes the domain of this place, {settings.domain}.", Exit.USAGE)
    if not yes:
        confirm(f"Every account here goes, for good. Type {settings.domain} to retire it", settings.domain)
    asyncio.run(_retire(settings, wait * 3600))


async def _retire(settings: Settings, seconds: float) -> None:
    async with opened(settings) as server:
        if await standing(server) is not Standing.RETIRED:
            await retirement.begin(server, COMMAND_LINE)
            async with _working(server):
                await _until_told(server, seconds)
            await retirement.close(server, COMMAND_LINE)
        async with _working(server):
            left = await _until_told(server, seconds)
        typer.echo(f"{settings.domain} is retired: every address answers 410.", err=True)
        if left:
            typer.echo(f"{left} deliveries were not taken in that time; run it again to go on.", err=True)


@asynccontextmanager
async def _working(server: Server) -> AsyncIterator[None]:
    """Deliver from here, so that no server need run."""
    every = kinds(server)
    worker = Worker(server, LeaseTable(server), {kind: every[kind] for kind in retirement.KINDS})
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(within=10)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until_told(server: Server, seconds: float) -> int:
    """Wait until nothing is left to deliver or to remove, or the time is up; how much is left."""
    until, said = time.monotonic() + seconds, 0
    while (left := await retirement.waiting(server)) and time.monotonic() < until:
        if left != said:
            typer.echo(f"{left} deliveries and removals left.", err=True)
            said = left
        await asyncio.sleep(LOOK)
    return left
