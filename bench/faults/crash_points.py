"""`python -m bench.faults.crash_points`: posts, edits, follows and deletes in processes that die at a random database call."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite

from fedicara.actions import follows, works
from fedicara.actions.authentication import SCOPES, Viewer
from fedicara.federation.network.http import Door
from fedicara.models import Account, Actor
from fedicara.models.database import open_database
from fedicara.server import Server
from fedicara.settings import Settings
from fedicara.storage import Folder

CALLS = 26
Act = Callable[[Server, Viewer, int], Awaitable[Any]]


async def _post(server: Server, viewer: Viewer, number: int) -> None:
    await works.publish(server, viewer, works.Draft(caption=f"Number {number}."))


async def _edit(server: Server, viewer: Viewer, number: int) -> None:
    await works.edit(server, viewer, number, works.Edit(caption="Said better."))


async def _delete(server: Server, viewer: Viewer, number: int) -> None:
    await works.delete(server, viewer, number)


async def _follow(server: Server, viewer: Viewer, number: int) -> None:
    await follows.follow(server, viewer, await Actor.get(id=number))


ACTS: dict[str, Act] = {"post": _post, "edit": _edit, "delete": _delete, "follow": _follow}


def main() -> None:
    """Read `what number` lines, do each in a forked process; the seed is the only argument."""
    chance = random.Random(int(sys.argv[1]))
    for line in sys.stdin:
        what, number = line.split()
        at, after = chance.randrange(1, CALLS), chance.random() < 0.5
        if os.fork() == 0:
            asyncio.run(_do(what, int(number), (at, after)))
            os._exit(0)
        os.wait()


def _die_at(call: int, *, after: bool) -> None:
    """kill -9 of this process right before or right after so many calls of its database."""
    ordinary, calls = aiosqlite.Connection._execute, 0

    async def counted(self: aiosqlite.Connection, fn: Any, *args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = await ordinary(self, fn, *args, **more)
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    aiosqlite.Connection._execute = counted  # type: ignore[method-assign]


async def _do(what: str, number: int, death: tuple[int, bool]) -> None:
    settings = Settings()
    database = await open_database(settings.database)
    server = Server(settings, database, Folder(settings.media), Door(settings), b"x" * 32)
    with database.bound():
        account = await Account.get(actor__username="ada").prefetch_related("actor")
        _die_at(death[0], after=death[1])
        await ACTS[what](server, Viewer(account, account.actor, SCOPES), number)


if __name__ == "__main__":
    main()
