"""Opens the database, migrates it and answers hot reads; the ORM is for writes and rare pages."""

import re
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import IntegrityError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.transactions import in_transaction

from fedicara.models.sqlite import WAIT

Row = Mapping[str, Any]
APPS = {
    "models": {
        "models": ["fedicara.models"],
        "default_connection": "default",
        "migrations": "fedicara.migrations",
    }
}

__all__ = ["Database", "IntegrityError", "Row", "config", "open_database", "rows_of"]


class Bound:
    """Sets the context that models look for, and puts the old one back."""

    __slots__ = ("_context", "_token")

    def __init__(self, context: TortoiseContext) -> None:
        self._context = context

    def __enter__(self) -> None:
        self._token = _current_context.set(self._context)

    def __exit__(self, *error: object) -> None:
        _current_context.reset(self._token)


class Database:
    """The connections of one server; several may live in one process."""

    def __init__(self, context: TortoiseContext, url: str, reader: sqlite3.Connection | None) -> None:
        self._context = context
        self.url = url
        self._reader = reader
        self.commits = 0

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self._reader is not None

    @property
    def connection(self) -> BaseDBAsyncClient:
        """The ORM's connection, inside a transaction the transaction's."""
        return self._context.db()

    def bound(self) -> "Bound":
        """Let the models in this task speak to this database."""
        return Bound(self._context)

    def bind(self) -> None:
        """Like `bound`, for the rest of the task."""
        _current_context.set(self._context)

    @asynccontextmanager
    async def transaction(self, *, seen: bool = True) -> AsyncIterator[TransactionalDBClient]:
        """All or nothing; on SQLite it takes the write lock at once. `seen` is False where no page can show the change."""
        with self.bound():
            async with in_transaction("default") as connection:
                yield connection
            self.commits += seen

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """Committed rows of a read with $1, $2 …

        SQLite is read on a connection of its own in the calling thread: an indexed read takes less than the hop to
        another thread would, and it never waits for a writer.
        """
        if self._reader is not None:
            return self._reader.execute(_numbered(sql), values).fetchall()
        return await self.connection.execute_query_dict(sql, list(values))

    async def row(self, sql: str, *values: Any) -> Row | None:
        """The first row, or None."""
        found = await self.rows(sql, *values)
        return found[0] if found else None

    async def execute(self, sql: str, *values: Any) -> Sequence[Row]:
        """Rows of a statement that writes, inside the transaction if there is one."""
        statement = _numbered(sql) if self.is_sqlite else sql
        return await self.connection.execute_query_dict(statement, list(values))

    async def dial(self) -> asyncpg.Connection:
        """A connection to PostgreSQL beside the pool, for what lasts longer than a statement."""
        known = _postgres_credentials(self.url)
        return await asyncpg.connect(
            **{name: known[name] for name in ("host", "port", "user", "password", "database", "timeout")}
        )

    async def migrate(self) -> None:
        """Bring the tables to the newest version."""
        with self.bound():
            await MigrationExecutor(self.connection, APPS).migrate()

    async def close(self) -> None:
        """Close every connection."""
        if self._reader is not None:
            self._reader.close()
        with self.bound():
            await self._context.close_connections()


def rows_of(count: int, row: str) -> str:
    """`count` rows for VALUES, the {} of `row` numbered on: ($1, $2), ($3, $4)."""
    width = row.count("{}")
    numbers = (range(start, start + width) for start in range(1, count * width + 1, width))
    return ", ".join(f"({row.format(*(f'${number}' for number in each))})" for each in numbers)


@cache
def _numbered(sql: str) -> str:
    return re.sub(r"\$(\d+)", r"?\1", sql)


def config(url: str) -> dict[str, Any]:
    """The ORM's configuration for `sqlite://PATH` or `postgres://…`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        engine, credentials = "fedicara.models.sqlite", _sqlite_credentials(url)
    else:
        engine, credentials = "fedicara.models.postgres", _postgres_credentials(url)
    return {"connections": {"default": {"engine": engine, "credentials": credentials}}, "apps": APPS}


def _sqlite_credentials(url: str) -> dict[str, Any]:
    return {
        "file_path": url.removeprefix("sqlite://"),
        "synchronous": "NORMAL",
        "busy_timeout": int(WAIT * 1000),
        "journal_size_limit": 64 * 1024 * 1024,
    }


def _postgres_credentials(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "host": parts.hostname or "/var/run/postgresql",
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password or ""),
        "database": parts.path.lstrip("/"),
        "minsize": 1,
        "maxsize": 20,
        "timeout": 5.0,
    }


async def open_database(url: str) -> Database:
    """Connect; `sqlite://PATH` or `postgres://user:password@host/name`."""
    context = TortoiseContext()
    with Database(context, url, None).bound():
        await context.init(config=config(url))
    if not url.startswith("sqlite:"):
        return Database(context, url, None)
    path = Path(url.removeprefix("sqlite://"))
    with Database(context, url, None).bound():
        await context.db().execute_query("SELECT 1")
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
    reader.row_factory = sqlite3.Row
    # In kibibytes; SQLite's own two megabytes are too few for a timeline that looks into a thousand places of an index.
    reader.execute("PRAGMA cache_size = -16384")
    return Database(context, url, reader)
