"""What a failure of the database or the disk means to whoever asked: come back later, or there is no room."""

import errno
import sqlite3
from collections.abc import Iterator
from enum import StrEnum

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError

from media.storage import StorageAway


class Trouble(StrEnum):
    """Busy or away for the moment, the database or the pictures; or full."""

    BUSY = "The database is busy or away for the moment; please try again soon."
    AWAY = "The storage of pictures does not answer for the moment; please try again soon."
    FULL = "The disk of this server is full: nothing can be kept until its administrator makes room."


_FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    DBConnectionError,
    ConnectionError,
    TimeoutError,
)
_BUSY_CODES = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)

TROUBLED = (
    OperationalError,
    TransactionManagementError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
"""Every class of error that `trouble_of` may know more of."""


def trouble_of(error: BaseException) -> Trouble | None:
    """What the error comes from, if it is the database or the disk and not a mistake of ours."""
    return next((found for each in _chain(error) if (found := _trouble(each))), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what led to it, as far as that was one failure after the other."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _trouble(error: BaseException) -> Trouble | None:
    if isinstance(error, asyncpg.DiskFullError) or getattr(error, "errno", None) in _FULL_ERRORS:
        return Trouble.FULL
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return Trouble.FULL if code == sqlite3.SQLITE_FULL else Trouble.BUSY if code in _BUSY_CODES else None
    if isinstance(error, StorageAway):
        return Trouble.AWAY
    return Trouble.BUSY if isinstance(error, _AWAY) else None
