"""What a process remembers, within bounds: serialised answers, and counts."""

import sys
from collections import Counter
from datetime import datetime, timedelta
from typing import Any


class Memory:
    """Serialised answers by key; the ones kept first go first when they and their keys are too many bytes."""

    def __init__(self, most: int = 24 * 1024 * 1024) -> None:
        self._kept: dict[tuple[Any, ...], bytes] = {}
        self._most = most
        self._size = 0

    def get(self, key: tuple[Any, ...]) -> bytes | None:
        """The bytes of a key, if they are still here."""
        return self._kept.get(key)

    def keep(self, key: tuple[Any, ...], made: bytes) -> bytes:
        """Keep bytes, and give them back."""
        if key in self._kept:
            self._forget(key)
        self._kept[key] = made
        self._size += _size_of(key, made)
        while self._size > self._most:
            self._forget(next(iter(self._kept)))
        return made

    def _forget(self, key: tuple[Any, ...]) -> None:
        self._size -= _size_of(key, self._kept.pop(key))


def _size_of(key: tuple[Any, ...], made: bytes) -> int:
    return sum(map(sys.getsizeof, (made, key, *key)))


class Hourly:
    """Counts by name within the hour; names beyond `most` share one count, so that nobody fills the memory."""

    def __init__(self, most: int = 10_000) -> None:
        self._counts: Counter[str] = Counter()
        self._hour = 0
        self._most = most

    def count(self, name: str, now: datetime) -> int:
        """Count one more; how many there were in this hour with it."""
        hour = int(now.timestamp()) // 3600
        if hour != self._hour:
            self._hour, self._counts = hour, Counter()
        kept = name if name in self._counts or len(self._counts) < self._most else ""
        self._counts[kept] += 1
        return self._counts[kept]


class Tally:
    """Counts by name that are written down once in a while."""

    def __init__(self, every: timedelta = timedelta(minutes=1)) -> None:
        self._counts: Counter[str] = Counter()
        self._every = every
        self._taken: datetime | None = None

    def count(self, name: str) -> None:
        """Count one more."""
        self._counts[name] += 1

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to write them down; the first is, at once."""
        return self._taken is None or now - self._taken >= self._every

    def take(self, now: datetime) -> Counter[str]:
        """What was counted since it was last taken."""
        taken, self._counts, self._taken = self._counts, Counter(), now
        return taken
