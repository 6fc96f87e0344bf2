"""Wakes the workers when jobs come: this process at once, on PostgreSQL every process and machine with the commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from fedicara.models.troubles import TROUBLED
from fedicara.server import Server

_CHANNEL: Final = "fedicara_jobs"
_AGAIN: Final = 1.0
_log = structlog.get_logger()


async def ring(server: Server) -> None:
    """Say that there are jobs, inside the transaction that brings them."""
    if not server.database.is_sqlite:
        await server.database.execute("SELECT pg_notify($1, '')", _CHANNEL)
    server.wake.set()


@asynccontextmanager
async def heard(server: Server) -> AsyncIterator[None]:
    """Inside, `server.wake` is set whenever anybody rings; SQLite tells nobody, there workers look once a second."""
    if server.database.is_sqlite:
        yield
        return
    listening = asyncio.create_task(_listen(server))
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(server: Server) -> None:
    """Listen as long as asked; a connection that is lost is made anew, and what came meanwhile is looked for."""
    while True:
        try:
            await _until_lost(server)
        except TROUBLED as error:
            _log.warning("cannot listen for jobs", error=repr(error))
        await asyncio.sleep(_AGAIN)


async def _until_lost(server: Server) -> None:
    lost = asyncio.Event()
    connection = await server.database.dial()
    try:
        connection.add_termination_listener(lambda *_: lost.set())
        await connection.add_listener(_CHANNEL, lambda *_: server.wake.set())
        server.wake.set()
        await lost.wait()
    finally:
        connection.terminate()
