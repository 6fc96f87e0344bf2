"""Our side of an interoperability test: a real fedicara over TLS in this process' own thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn

from fedicara.actions import accounts, authentication
from fedicara.actions.kinds import kinds
from fedicara.app import close_server, create, open_server
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.server import Server
from fedicara.settings import Settings
from tests.interop.authority import Authority
from tests.interop.peer import Place

Result = TypeVar("Result")


class Home:
    """A running fedicara with one artist, its web server and its worker."""

    def __init__(self, here: Place, hosts: dict[str, str], authority: Authority, data: Path) -> None:
        self.here = here
        self.settings = Settings(
            base_url=here.origin,
            data=data,
            egress_allow="127.0.0.0/8",
            egress_hosts=hosts,
            ca_file=authority.file,
        )
        self._pair = authority.certify(here.host)
        self._started = threading.Event()
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._failure: BaseException | None = None
        self._server: Server
        self._thread = threading.Thread(target=self._run)
        self.api: httpx.Client

    def start(self) -> None:
        """Start it and make the artist `ada`."""
        self._thread.start()
        assert self._started.wait(30), "fedicara did not start"
        if self._failure is not None:
            raise self._failure
        token = self.call(self._artist)
        self.api = httpx.Client(
            transport=_Local(self.here, self.settings.ca_file),
            base_url=self.here.origin,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    def stop(self) -> None:
        """End it."""
        self.api.close()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def call(self, what: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run something inside the server's loop."""
        return asyncio.run_coroutine_threadsafe(what(), self._loop).result(30)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
            self._started.set()
            raise

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._server = await open_server(self.settings)
        web = uvicorn.Server(self._web_settings())
        web.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        serving = asyncio.create_task(web._serve())
        worker = Worker(self._server, LeaseTable(self._server), kinds(self._server))
        working = asyncio.create_task(worker.run())
        while not web.started and not serving.done():
            await asyncio.sleep(0.01)
        self._started.set()
        await self._stop.wait()
        web.should_exit = True
        await serving
        await worker.stop(5)
        await working
        await close_server(self._server)

    def _web_settings(self) -> uvicorn.Config:
        return uvicorn.Config(
            create(self._server),
            host=self.here.address,
            port=self.here.port,
            ssl_keyfile=self._pair.key,
            ssl_certfile=self._pair.certificate,
            log_level="warning",
            lifespan="off",
        )

    async def _artist(self) -> str:
        with self._server.database.bound():
            account = await accounts.create(self._server, accounts.NewAccount("ada", "correct horse battery"))
            return await authentication.make_token(self._server, account, "read write follow")


class _Local(httpx.BaseTransport):
    """Dials the loopback address while TLS and Host keep the name."""

    def __init__(self, here: Place, authority: Path | None) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        context.load_verify_locations(cafile=authority)
        self._here = here
        self._transport = httpx.HTTPTransport(verify=context, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = self._here.host
        request.url = request.url.copy_with(host=self._here.address)
        return self._transport.handle_request(request)

    def close(self) -> None:
        self._transport.close()
