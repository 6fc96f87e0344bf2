"""Pictures in a folder, spread over 256 subfolders by the first letters of their key."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import anyio
from anyio.to_thread import run_sync

from fedicara.storage.keys import checked_key, is_key
from media.storage import Kept, Span, Stored

CHUNK = 256 * 1024


class Folder:
    """`media.storage.Storage` on a file system; a file appears whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Where a key lies; FileNotFoundError for what is no key, so that nothing leaves the folder."""
        return self._root / checked_key(key)[:2] / key

    async def write(self, key: str, content: bytes | Path) -> None:
        """Keep bytes, or copy a file in."""
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
            _to_disk(partial)
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)

    async def open(self, key: str, span: Span | None = None) -> Stored:
        """Read a file in pieces, the whole or the bytes within a span."""
        path = self.path(key)
        size = (await run_sync(path.stat)).st_size
        return Stored(size, _chunks(path, *(span or (0, size))))

    async def read(self, key: str) -> bytes:
        """The whole file at once."""
        return await run_sync(self.path(key).read_bytes)

    async def delete(self, key: str) -> None:
        """Forget a file."""
        if is_key(key):
            await run_sync(lambda: self.path(key).unlink(missing_ok=True))

    async def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        return is_key(key) and await run_sync(self.path(key).exists)

    async def kept(self) -> AsyncIterator[Kept]:
        """Every file, one subfolder after the other."""
        for room in await run_sync(_rooms, self._root):
            for path in await run_sync(_inside, room):
                if is_key(path.name) and (found := await run_sync(_status, path)) is not None:
                    yield Kept(path.name, found.st_size, _moment(found))

    async def sweep(self, before: datetime) -> int:
        """Remove files that never got their name."""
        return await run_sync(self._sweep, before)

    def _sweep(self, before: datetime) -> int:
        swept = 0
        for partial in [path for room in _rooms(self._root) for path in _inside(room)]:
            if partial.name.startswith(".") and (found := _status(partial)) and _moment(found) < before:
                partial.unlink(missing_ok=True)
                swept += 1
        return swept


def _rooms(root: Path) -> list[Path]:
    """The subfolders that this makes; what else lies there is not its own."""
    return [each for each in _inside(root) if len(each.name) == 2 and is_key(each.name)]


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _status(path: Path) -> os.stat_result | None:
    """What the file system knows of a file; none if it went meanwhile."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _moment(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)


def _to_disk(path: Path) -> None:
    """A row may name the file as soon as it has its name, so its bytes must outlive a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


async def _chunks(path: Path, start: int, end: int) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        await file.seek(start)
        while start < end and (chunk := await file.read(min(CHUNK, end - start))):
            start += len(chunk)
            yield chunk
