"""A storage whose originals are sealed; what leaves the server anyway is kept as it is."""

from collections.abc import AsyncIterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from anyio.to_thread import run_sync

from fedicara.storage.sealing import CHUNK, HEADER, TAG, Keys, Layout, Opener, is_sealed, sealed, sealed_with
from media.storage import Kept, Span, Storage, Stored

ORIGINAL = ".original"


class Sealed:
    """`media.storage.Storage` over another one; `folder` is where files are sealed before they move on."""

    def __init__(self, inner: Storage, keys: Keys, folder: Path) -> None:
        self.inner = inner
        self._keys = keys
        self._folder = folder

    async def write(self, key: str, content: bytes | Path) -> None:
        """Keep the content, sealed where it is an original and there is a key."""
        if self._keys.newest is None or not key.endswith(ORIGINAL):
            return await self.inner.write(key, content)
        with NamedTemporaryFile(dir=self._folder, prefix="sealing-") as file:
            await run_sync(self._seal, content, file)
            await self.inner.write(key, Path(file.name))

    def _seal(self, content: bytes | Path, out: IO[bytes]) -> None:
        with content.open("rb") if isinstance(content, Path) else BytesIO(content) as source:
            for piece in sealed(self._keys, source):
                out.write(piece)
        out.flush()

    async def open(self, key: str, span: Span | None = None) -> Stored:
        """Read a file, unsealed."""
        header, size = await self._header(key) if key.endswith(ORIGINAL) else (b"", 0)
        if not is_sealed(header):
            return await self.inner.open(key, span)
        layout = Layout(size)
        opener = Opener(self._keys, header, layout)
        start, end = span or (0, layout.size)
        return Stored(layout.size, self._chunks(key, opener, layout, (start, min(end, layout.size))))

    async def _chunks(self, key: str, opener: Opener, layout: Layout, span: Span) -> AsyncIterator[bytes]:
        numbers, where = layout.span(*span)
        if not numbers:
            return
        waiting, number, at = bytearray(), numbers.start, numbers.start * CHUNK
        async for piece in (await self.inner.open(key, where)).chunks:
            waiting += piece
            while len(waiting) >= CHUNK + TAG:
                yield _part(opener.open(number, bytes(waiting[: CHUNK + TAG])), at, span)
                del waiting[: CHUNK + TAG]
                number, at = number + 1, at + CHUNK
        if number in numbers:
            yield _part(opener.open(number, bytes(waiting)), at, span)

    async def _header(self, key: str) -> tuple[bytes, int]:
        stored = await self.inner.open(key, (0, HEADER))
        return b"".join([piece async for piece in stored.chunks]), stored.size

    async def renew(self, key: str) -> bool:
        """Seal a file with the newest key; False where it is so already, or is not there."""
        try:
            header, _ = await self._header(key)
        except FileNotFoundError:
            return False
        if self._keys.newest is None or (is_sealed(header) and sealed_with(header) == self._keys.newest):
            return False
        with NamedTemporaryFile(dir=self._folder, prefix="resealing-") as file:
            async for chunk in (await self.open(key)).chunks:
                await run_sync(file.write, chunk)
            await run_sync(file.flush)
            await self.write(key, Path(file.name))
        return True

    async def delete(self, key: str) -> None:
        """Forget the file."""
        await self.inner.delete(key)

    async def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        return await self.inner.exists(key)

    def kept(self) -> AsyncIterator[Kept]:
        """Every file, with its size as it lies there."""
        return self.inner.kept()

    async def sweep(self, before: datetime) -> int:
        """Remove what never ended."""
        return await self.inner.sweep(before)


def _part(opened: bytes, at: int, span: Span) -> bytes:
    """What of a chunk that begins at this place lies within the span."""
    return opened[max(0, span[0] - at) : max(0, span[1] - at)]
