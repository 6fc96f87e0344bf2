"""The storage protocol, told by its smallest implementation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.storage import Span, Storage, Stored

pytestmark = pytest.mark.anyio


class Memory:
    """Files in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def write(self, key: str, content: bytes | Path) -> None:
        self.files[key] = content.read_bytes() if isinstance(content, Path) else content

    async def open(self, key: str, span: Span | None = None) -> Stored:
        if key not in self.files:
            raise FileNotFoundError(key)
        content = self.files[key]
        return Stored(len(content), self._chunks(content[slice(*(span or (0, None)))]))

    async def _chunks(self, content: bytes) -> AsyncIterator[bytes]:
        yield content

    async def delete(self, key: str) -> None:
        self.files.pop(key, None)

    async def exists(self, key: str) -> bool:
        return key in self.files


async def test_a_storage_gives_back_what_it_was_given(tmp_path):
    storage: Storage = Memory()
    (tmp_path / "picture").write_bytes(b"two")
    await storage.write("a", b"one")
    await storage.write("b", tmp_path / "picture")
    stored = await storage.open("b")
    assert (stored.size, b"".join([chunk async for chunk in stored.chunks])) == (3, b"two")
    part = await storage.open("b", (1, 9))
    assert (part.size, b"".join([chunk async for chunk in part.chunks])) == (3, b"wo")
    await storage.delete("a")
    assert (await storage.exists("a"), await storage.exists("b")) == (False, True)
    with pytest.raises(FileNotFoundError):
        await storage.open("a")
