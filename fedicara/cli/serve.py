"""`serve` and `work`: the server itself, and workers alone."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import Annotated

import structlog
import typer
import uvicorn
from rich.console import Console

from fedicara import app
from fedicara.actions import accounts
from fedicara.actions.kinds import kinds
from fedicara.cli import logs
from fedicara.cli.configuration import Data, first, listening, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models.accounts import Role
from fedicara.server import Server
from fedicara.settings import Settings

GRACE = 20
PAUSE = 2.0

log = structlog.get_logger()
say = Console(soft_wrap=True, highlight=False)


class Web(uvicorn.Server):
    """uvicorn, with the signals left to us: the workers have to finish too."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 if not given.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 8000 if not given.", min=1, max=65535)
    ] = None,
    data: Data = None,
    base_url: Annotated[
        str | None, typer.Option(help="Address under which the world reaches this server.")
    ] = None,
) -> None:
    """Run the server: web and workers in one process; the first start makes everything it needs."""
    settings, trial = first(data, base_url, host, port)
    if trial:
        say.print(
            "A trial on this machine: no other machine can reach it, and it may reach none but this one.\n"
            "For a real place start with --base-url https://your.name and an empty data folder."
        )
    logs.to_stderr(logging.INFO)
    asyncio.run(_serve(settings, *listening(settings, host, port)))


def work(data: Data = None) -> None:
    """Run workers alone, beside one or more `serve` on the same database."""
    settings = load(data)
    logs.to_stderr(logging.INFO)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    async with opened(settings) as server:
        worker = Worker(server, LeaseTable(server), kinds(server))
        stopping = asyncio.Event()
        _on_stop(stopping.set)
        working = asyncio.create_task(keep_working(worker, stopping))
        say.print(f"Working for {settings.base_url}; stop with Ctrl+C.")
        await stopping.wait()
        await _finish(worker, working)


async def _serve(settings: Settings, host: str, port: int) -> None:
    async with opened(settings) as server:
        web = Web(_uvicorn(server, host, port))
        worker = Worker(server, LeaseTable(server), kinds(server))
        stopping = asyncio.Event()

        def stop() -> None:
            web.should_exit = True
            stopping.set()

        _on_stop(stop)
        working = asyncio.create_task(keep_working(worker, stopping))
        announcing = asyncio.create_task(_announce(server, web))
        try:
            await web.serve()
        except SystemExit as error:
            raise CommandError(
                f"Port {port} of {host} cannot be used, another program may have it; choose another with --port.",
                Exit.UNREACHABLE,
            ) from error
        finally:
            announcing.cancel()
            stopping.set()
            await _finish(worker, working)


def _uvicorn(server: Server, host: str, port: int) -> uvicorn.Config:
    proxies = [str(network) for network in server.settings.trusted_proxies]
    return uvicorn.Config(
        app.create(server),
        host,
        port,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        timeout_graceful_shutdown=GRACE,
    )


async def _announce(server: Server, web: Web) -> None:
    server.database.bind()
    await web.listens.wait()
    say.print(f"fedicara serves {server.settings.base_url}/ — stop with Ctrl+C.")
    if not await accounts.has_owner(server):
        path = await accounts.invite(server, Role.OWNER)
        say.print(f"Make the owner's account, with this link that works once:\n  {server.url(path)}")


def _on_stop(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


async def keep_working(worker: Worker, stopping: asyncio.Event) -> None:
    """Start the workers again where they fell, as when the database goes away for a while."""
    while not stopping.is_set():
        task = asyncio.create_task(worker.run())
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
        if error := task.exception():
            log.error("workers fell, starting again", error=repr(error))
            await asyncio.sleep(PAUSE)


async def _finish(worker: Worker, working: asyncio.Task[None]) -> None:
    """Jobs in hand are finished; what is not after that time goes back to the queue."""
    await worker.stop(within=GRACE)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
