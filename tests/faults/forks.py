"""Processes that die: forked from this one, which has everything loaded, so that each costs a moment."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path


def in_a_fork(what: Callable[[], Awaitable[None]]) -> bool:
    """Do it in a process of its own; whether it was killed meanwhile."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            asyncio.run(_whole(what))
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), f"the child ended with {status}"
    return status != 0


async def _whole(what: Callable[[], Awaitable[None]]) -> None:
    await what()


def integrity(path: Path) -> str:
    """What SQLite says of a file."""
    with sqlite3.connect(path) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
