"""Time-ordered 64-bit ids: 48 bits of milliseconds, 16 bits of sequence (F-002)."""

import secrets
import time
from datetime import UTC, datetime
from threading import Lock


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


def time_of(identifier: int) -> datetime:
    """When the id was made."""
    return datetime.fromtimestamp((identifier >> 16) / 1000, UTC)
