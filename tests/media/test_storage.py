"""The storage protocol, told by its smallest implementation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.storage import Storage, Stored

pytestmark = pytest.mark.anyio


class Memory:
    """Files in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def write(self, key: str, content: bytes | Path) -> None:
        self.files[key] = content.read_bytes() if isinstance(content, Path) else content

    async def open(self, key: str) -> Stored:
        if key not in self.files:
            raise FileNotFoundError(key)
        return Stored(len(self.files[key]), self._chunks(key))

    async def _chunks(self, key: str) -> AsyncIterator[bytes]:
        yield self.files[key]

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
    await storage.delete("a")
    assert (await storage.exists("a"), await storage.exists("b")) == (False, True)
    with pytest.raises(FileNotFoundError):
        await storage.open("a")
