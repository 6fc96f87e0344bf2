"""`serve` and `work`: the server itself, and workers alone."""

import asyncio
import faulthandler
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Annotated, Any

import typer
import uvicorn
import uvloop
from rich.console import Console
from starlette.types import ASGIApp

from fedicara import app
from fedicara.actions import accounts, crawlers, ledger, recloaking, remote_cache, sweep
from fedicara.actions.kinds import kinds
from fedicara.actions.policy_check import daily
from fedicara.cli import logs
from fedicara.cli.configuration import Data, first, listening, load, opened
from fedicara.cli.errors import CommandError, Exit
from fedicara.cli.patience import Patience
from fedicara.federation.servers.standing import order_daily as order_standings
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models.accounts import Role
from fedicara.reads.place import Standing, standing
from fedicara.server import Server
from fedicara.settings import Settings
from fedicara.web import metrics

WEB_GRACE, WORK_GRACE = 15, 10
STUCK = 120

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
    uvloop.run(_watched(_serve(settings, *listening(settings, host, port))))


def work(
    data: Data = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(help="Port of 127.0.0.1 that answers /metrics of this process.", min=1, max=65535),
    ] = None,
) -> None:
    """Run workers alone, beside one or more `serve` on the same database."""
    settings = load(data)
    logs.to_stderr(logging.INFO)
    uvloop.run(_watched(_work(settings, metrics_port)))


async def _watched(running: Coroutine[Any, Any, None]) -> None:
    """End a process whose loop stands still for two minutes, with a traceback: what it held goes to others (REL-19)."""
    beating = asyncio.create_task(_beat())
    try:
        await running
    finally:
        beating.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _beat() -> None:
    while True:
        faulthandler.dump_traceback_later(STUCK, exit=True)
        await asyncio.sleep(STUCK / 10)


async def _work(settings: Settings, metrics_port: int | None) -> None:
    async with opened(settings) as server, _counted(server, metrics_port):
        worker = Worker(server, LeaseTable(server), kinds(server))
        stopping = asyncio.Event()
        _on_stop(stopping.set)
        working = asyncio.create_task(worker.run())
        sweeping = asyncio.create_task(sweep.keep(server))
        say.print(f"Working for {settings.base_url}; stop with Ctrl+C.")
        await stopping.wait()
        await _end([sweeping])
        await _finish(worker, working)


@asynccontextmanager
async def _counted(server: Server, port: int | None) -> AsyncIterator[None]:
    """Answer what this process counts, to this machine alone; each process counts for itself."""
    if port is None:
        yield
        return
    with _listen("127.0.0.1", port, "--metrics-port") as listener:
        web = Web(_uvicorn(server, metrics.alone(server)))
        answering = asyncio.create_task(web.serve(sockets=[listener]))
        try:
            await web.listens.wait()
            yield
        finally:
            web.should_exit = True
            await answering


async def _serve(settings: Settings, host: str, port: int) -> None:
    with _listen(host, port) as listener:
        async with opened(settings) as server:
            await _run(server, listener)


def _listen(host: str, port: int, option: str = "--port") -> socket:
    try:
        return create_server((host, port), family=AF_INET6 if ":" in host else AF_INET, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise CommandError(
            f"Port {port} of {host} cannot be used ({reason}); choose another with {option}.",
            Exit.UNREACHABLE,
        ) from error


async def _run(server: Server, listener: socket) -> None:
    async with server.database.transaction():
        await daily.order(server)
        await order_standings(server)
        await recloaking.order(server)
        await sweep.order(server)
        await remote_cache.order(server)
    web = Web(_uvicorn(server, app.create(server)))
    worker = Worker(server, LeaseTable(server), kinds(server))

    def stop() -> None:
        web.should_exit = True
        server.watching.end()

    _on_stop(stop)
    working = asyncio.create_task(worker.run())
    announcing = asyncio.create_task(_announce(server, web))
    beside = [asyncio.create_task(ledger.keep(server)), asyncio.create_task(sweep.keep(server))]
    try:
        await web.serve(sockets=[listener])
    finally:
        announcing.cancel()
        await _end(beside)
        await _finish(worker, working)


def _uvicorn(server: Server, application: ASGIApp) -> uvicorn.Config:
    proxies = [str(network) for network in server.settings.trusted_proxies]
    return uvicorn.Config(
        application,
        loop="none",
        http=Patience,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        timeout_graceful_shutdown=WEB_GRACE,
    )


async def _announce(server: Server, web: Web) -> None:
    server.database.bind()
    await web.listens.wait()
    await crawlers.order_daily(server)
    say.print(f"fedicara serves {server.settings.base_url}/ — stop with Ctrl+C.")
    if await standing(server) is not Standing.OPEN:
        say.print("This place is being retired, or is already: see `fedicara retire`.")
    elif not await accounts.has_owner(server):
        path = await accounts.invite(server, Role.OWNER)
        say.print(f"Make the owner's account, with this link that works once:\n  {server.url(path)}")


def _on_stop(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


async def _end(beside: Sequence[asyncio.Task[None]]) -> None:
    for each in beside:
        each.cancel()
    await asyncio.gather(*beside, return_exceptions=True)


async def _finish(worker: Worker, working: asyncio.Task[None]) -> None:
    """Jobs in hand are finished; what is not done after that time goes back to the queue."""
    await worker.stop(within=WORK_GRACE)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
