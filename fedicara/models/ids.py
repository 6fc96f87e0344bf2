"""Time-ordered 64-bit ids: 48 bits of milliseconds, 16 bits of sequence (F-002)."""

import secrets
import time
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from tortoise.fields import BigIntField


class Sequence:
    """Hands out ids that rise; each millisecond begins at a random place, so that processes seldom meet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next(self) -> int:
        """The next id."""
        with self._lock:
            fresh = (time.time_ns() // 1_000_000) << 16 | secrets.randbelow(1 << 15)
            self._last = max(fresh, self._last + 1)
            return self._last


_sequence = Sequence()


def new_id() -> int:
    """A fresh id, larger than every one this process made before."""
    return _sequence.next()


def id_at(moment: datetime) -> int:
    """An id that sorts as if it had been made in that second, for what is older than its row here."""
    seconds = max(int(moment.timestamp()), 1)
    return seconds * 1000 << 16 | secrets.randbelow(1000 << 16)


def time_of(identifier: int) -> datetime:
    """When the id was made."""
    return datetime.fromtimestamp((identifier >> 16) / 1000, UTC)


class IdField(BigIntField):
    """A primary key of time-ordered ids; on SQLite the row id itself, which saves an index and a step per look-up."""

    class _db_sqlite:  # noqa: N801  (the name Tortoise looks for)
        SQL_TYPE = "INTEGER"

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"primary_key": True, "generated": False, "default": new_id, **options})
