"""SQLite for Tortoise with transactions that take the write lock at once, and writers that wait without keeping others.

A deferred transaction that turns into a writer late fails with 'database is locked' as soon as another process
writes, whatever the busy timeout says; BEGIN IMMEDIATE waits its turn instead. It waits in short slices, because all
of a process share one connection for what they do through the ORM: while somebody else holds the lock, they can read.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

WAIT = 10.0
"""Seconds that a writer waits for others at most (REL-14)."""
_SLICE = 0.05
_PAUSE = 0.02

T = TypeVar("T")


async def patiently(do: Callable[[], Awaitable[T]]) -> T:
    """Do it again until no other process is in the way, for `WAIT` seconds at most."""
    until = time.monotonic() + WAIT
    while True:
        try:
            return await do()
        except OperationalError as error:
            if not _is_busy(error) or time.monotonic() >= until:
                raise
        await asyncio.sleep(_PAUSE)


def _is_busy(error: OperationalError) -> bool:
    cause = error.__cause__ or error.__context__
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that begins IMMEDIATE."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(ImmediateTransaction(self))

    async def begin(self) -> None:
        """Take the write lock."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise OperationalError(error) from error

    async def commit(self) -> None:
        """Keep everything, or nothing: what could not be written would otherwise be committed by the next one."""
        try:
            await super().commit()
        except sqlite3.Error as error:
            await self._connection.rollback()
            raise OperationalError(error) from error


class ImmediateContext(SqliteTransactionContext):
    """Waits its turn, and lets the next one have it where it cannot begin."""

    async def __aenter__(self) -> TransactionalDBClient:
        await patiently(self._begin)
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection  # type: ignore[no-any-return]

    async def _begin(self) -> None:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self._begin_or_undo()
        except BaseException:
            self._trxlock.release()
            raise

    async def _begin_or_undo(self) -> None:
        """Whoever gives up while waiting leaves no transaction behind: the connection's thread begins it all the same."""
        beginning = asyncio.ensure_future(self.connection.begin())
        try:
            await asyncio.shield(beginning)
        except asyncio.CancelledError:
            await asyncio.wait([beginning])
            if beginning.exception() is None:
                await self.connection.rollback()
            raise


class ImmediateClient(SqliteClient):
    """The client whose transactions begin IMMEDIATE, and whose single statements wait for other processes."""

    async def create_connection(self, with_db: bool) -> None:
        """Connect; from here on the waiting is ours."""
        await super().create_connection(with_db)
        assert self._connection is not None  # noqa: S101  (it was just made)
        await self._connection.execute(f"PRAGMA busy_timeout = {int(_SLICE * 1000)}")

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        """Insert a row."""
        return await patiently(lambda: super(ImmediateClient, self).execute_insert(query, values))

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Any]:
        """Rows, and how many."""
        return await patiently(lambda: super(ImmediateClient, self).execute_query(query, values))

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Rows as mappings."""
        return await patiently(lambda: super(ImmediateClient, self).execute_query_dict(query, values))

    async def execute_script(self, query: str) -> None:
        """Several statements."""
        await patiently(lambda: super(ImmediateClient, self).execute_script(query))


client_class = ImmediateClient
