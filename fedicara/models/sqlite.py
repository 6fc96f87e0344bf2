"""SQLite for Tortoise with transactions that take the write lock at once.

A deferred transaction that turns into a writer late fails with 'database is locked' as soon as another process
writes, whatever the busy timeout says; BEGIN IMMEDIATE waits its turn instead.
"""

import asyncio
import sqlite3
import time

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

WAIT = 10.0
"""Seconds that a writer waits for others in all, within this process and outside of it (REL-14)."""


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that begins IMMEDIATE."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(ImmediateTransaction(self))

    async def begin(self, within: float = WAIT) -> None:
        """Take the write lock, waiting for other processes so many seconds at most."""
        try:
            await self._wait_at_most(within)
            await self._connection.commit()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        finally:
            await self._wait_at_most(WAIT)

    async def _wait_at_most(self, seconds: float) -> None:
        if seconds != self._parent_client.waits:
            await self._connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
            self._parent_client.waits = seconds

    @property
    def _parent_client(self) -> "ImmediateClient":
        assert isinstance(self._parent, ImmediateClient)  # noqa: S101  (it makes no others)
        return self._parent

    async def commit(self) -> None:
        """Keep everything, or nothing: what could not be written would otherwise be committed by the next one."""
        try:
            await super().commit()
        except sqlite3.Error as error:
            await self._connection.rollback()
            raise OperationalError(error) from error


class ImmediateContext(SqliteTransactionContext):
    """Waits its turn for a bounded time, and lets the next one have it where it cannot begin."""

    async def __aenter__(self) -> TransactionalDBClient:
        until = time.monotonic() + WAIT
        try:
            async with asyncio.timeout(WAIT):
                await self._trxlock.acquire()
        except TimeoutError as error:
            raise OperationalError("database is locked: too many wait to write") from error
        try:
            await self.ensure_connection()
            left = until - time.monotonic()
            # Who got here without waiting spares setting the timeout to nearly what it is.
            await self.connection.begin(WAIT if left > WAIT - 0.1 else max(left, 0.0))
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection  # type: ignore[no-any-return]


class ImmediateClient(SqliteClient):
    """The client whose transactions begin IMMEDIATE."""

    waits = WAIT

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)


client_class = ImmediateClient
