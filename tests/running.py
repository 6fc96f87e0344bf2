"""A real fedicara in a thread of this process: uvicorn on a loopback address, and its worker."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from fedicara.actions import accounts, authentication
from fedicara.actions.kinds import kinds
from fedicara.app import close_server, create, open_server
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.server import Server
from fedicara.settings import Settings

PASSWORD = "correct horse battery"
SCOPES = "read write follow push"
Result = TypeVar("Result")


class Running:
    """One server at work until `stop`; what runs in its loop goes through `call`."""

    def __init__(
        self, settings: Settings, host: str, port: int, certificate: tuple[Path, Path] | None = None
    ) -> None:
        self.settings = settings
        self._address = (host, port)
        self._certificate = certificate
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._server: Server

    def start(self) -> None:
        """Start it; return once it answers."""
        self._thread.start()
        assert self._started.wait(180), "fedicara did not start"
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End it and wait until it ended."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(180)

    def call(self, what: Callable[[Server], Coroutine[Any, Any, Result]]) -> Result:
        """Run something inside the server's loop, with its models bound."""
        return asyncio.run_coroutine_threadsafe(self._bound(what), self._loop).result(180)

    def artist(self, username: str) -> str:
        """Make an account; a token for it."""
        return self.call(lambda server: _artist(server, username))

    async def _bound(self, what: Callable[[Server], Coroutine[Any, Any, Result]]) -> Result:
        with self._server.database.bound():
            return await what(self._server)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (Exception, SystemExit) as error:  # noqa: BLE001  (a thread hands every failure over)
            self._failure = error
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._server = await open_server(self.settings)
        web = uvicorn.Server(self._web())
        serving = asyncio.create_task(web._serve())  # `serve` would take over this process' signals
        worker = Worker(self._server, LeaseTable(self._server), kinds(self._server))
        working = asyncio.create_task(worker.run())
        while not web.started and not serving.done():
            await asyncio.sleep(0.01)
        self._started.set()
        await self._stop.wait()
        web.should_exit = True
        await worker.stop(5)
        await asyncio.gather(serving, working)
        await close_server(self._server)

    def _web(self) -> uvicorn.Config:
        host, port = self._address
        certificate, key = self._certificate or (None, None)
        return uvicorn.Config(
            create(self._server),
            host=host,
            port=port,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=3,
        )


async def _artist(server: Server, username: str) -> str:
    account = await accounts.create(server, accounts.NewAccount(username, PASSWORD))
    return await authentication.make_token(server, account, SCOPES)
