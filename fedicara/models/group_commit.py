"""Group commit: what comes while a transaction runs waits for the next one, which takes all of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from fedicara.models.database import Database

MOST: Final = 100

Write = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]


class GroupCommit:
    """Writes items in groups, each in one transaction; who added one is answered after its commit.

    `write` is given the items of a group and answers one result for each. Items are not added inside a transaction.
    """

    def __init__(self, database: Database, write: Write) -> None:
        self._database = database
        self._write = write
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._working: asyncio.Task[None] | None = None

    async def add(self, item: Any) -> Any:
        """The item's result, once it is committed; the error where it could not be written."""
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._settle(group)
        finally:
            self._working = None

    async def _settle(self, group: Sequence[tuple[Any, asyncio.Future[Any]]]) -> None:
        """Write a group; where that fails its items are tried one by one, so that none spoils the others'."""
        done: Sequence[Any] | BaseException
        [done] = await asyncio.gather(self._commit([item for item, _ in group]), return_exceptions=True)
        if isinstance(done, BaseException) and len(group) > 1:
            for each in group:
                await self._settle([each])
            return
        for (_, answer), result in zip(
            group, [done] if isinstance(done, BaseException) else done, strict=True
        ):
            # Whoever asked may have gone meanwhile; what they asked for stays done.
            if not answer.done() and isinstance(result, BaseException):
                answer.set_exception(result)
            elif not answer.done():
                answer.set_result(result)

    async def _commit(self, items: Sequence[Any]) -> Sequence[Any]:
        async with self._database.transaction():
            return await self._write(items)
