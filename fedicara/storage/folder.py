"""Pictures in a folder, spread over 256 subfolders by the first letters of their key."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from anyio.to_thread import run_sync

from media.storage import Stored

CHUNK = 256 * 1024


class Folder:
    """`media.storage.Storage` on a file system; a file appears whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Where a key lies."""
        return self._root / key[:2] / key

    async def write(self, key: str, content: bytes | Path) -> None:
        """Keep bytes, or move a file in."""
        await run_sync(self._write, key, content)

    def _write(self, key: str, content: bytes | Path) -> None:
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{key}.{secrets.token_hex(4)}")
        try:
            if isinstance(content, Path):
                shutil.copyfile(content, partial)
            else:
                partial.write_bytes(content)
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)

    async def open(self, key: str) -> Stored:
        """Read a file in pieces."""
        path = self.path(key)
        size = (await run_sync(path.stat)).st_size
        return Stored(size, _chunks(path))

    async def read(self, key: str) -> bytes:
        """The whole file at once."""
        return await run_sync(self.path(key).read_bytes)

    async def delete(self, key: str) -> None:
        """Forget a file."""
        await run_sync(lambda: self.path(key).unlink(missing_ok=True))

    async def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        return await run_sync(self.path(key).exists)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(CHUNK):
            yield chunk
