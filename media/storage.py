"""Where files are kept, as a protocol alone; the server brings the folder or the bucket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

Span = tuple[int, int]


class StorageAway(ConnectionError):
    """The storage does not answer, or refuses this server; the file may be there all the same."""


@dataclass(frozen=True)
class Stored:
    """A kept file being read: the size of the whole in bytes, and in pieces what was asked for of it."""

    size: int
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True)
class Kept:
    """A file as a list of all of them tells of it."""

    key: str
    size: int
    written: datetime


class Storage(Protocol):
    """Keeps files by key; keys come from the server alone, never from a person or a peer."""

    async def write(self, key: str, content: bytes | Path) -> None:
        """Keep the content whole or not at all; a key is written once."""
        ...

    async def open(self, key: str, span: Span | None = None) -> Stored:
        """The file of that key, or the bytes of it from the first of `span` up to the second; raises FileNotFoundError.

        What of the span lies behind the end of the file is left out.
        """
        ...

    async def delete(self, key: str) -> None:
        """Forget the file; nothing happens when there is none."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether a file of that key is kept."""
        ...

    def kept(self) -> AsyncIterator[Kept]:
        """Every file, in no order; what is written or deleted meanwhile may be told of or not."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Remove what is left of writes that began before that moment and never ended; how many there were."""
        ...
