"""How large a file says its picture is, and for how long it shows each of its frames: read without decoding (MED-05, MED-06)."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from media.errors import BrokenPicture

BROKEN: Final = "This picture is damaged or cut off: it cannot be read to its end. Export it again."
PIECES: Final = 400_000
"""The most blocks a file may have; a GIF of 40 MiB has 165,000."""

_BRISK, _USUAL = 10, 100
"""Milliseconds: what says that it shows a frame for this short is shown for the usual time, as browsers do."""


@dataclass(frozen=True)
class Extent:
    """Pixels, and the milliseconds of each frame of a picture that moves; no frames where it stands still."""

    width: int
    height: int
    frames: tuple[int, ...] = ()


def extent(data: bytes, media_type: str) -> Extent | None:
    """What a PNG, WebP, AVIF or GIF file states; None for JPEG, which says nothing that its reader does not hold to.

    Raises BrokenPicture where the file has no such header or ends inside of one. Takes no memory for pixels, and
    of a file of 40 MiB less than half a second.
    """
    read = _READERS.get(media_type)
    if read is None:
        return None
    try:
        found = read(data)
    except (IndexError, struct.error) as error:
        raise BrokenPicture(BROKEN) from error
    return Extent(
        found.width, found.height, tuple(_USUAL if time <= _BRISK else time for time in found.frames)
    )


def _counted(steps: Iterator[tuple[bytes, int, int]]) -> Iterator[tuple[bytes, int, int]]:
    for number, step in enumerate(steps):
        if number >= PIECES:
            raise BrokenPicture(BROKEN)
        yield step


def _png(data: bytes) -> Extent:
    """The header, and one `fcTL` for each frame (PNG, third edition, 11.3.6)."""
    if data[12:16] != b"IHDR":
        raise BrokenPicture(BROKEN)
    width, height = struct.unpack_from(">II", data, 16)
    moves, frames = False, []
    for kind, start, _ in _counted(_png_chunks(data)):
        moves = moves or kind == b"acTL"
        if kind == b"fcTL":
            part, whole = struct.unpack_from(">HH", data, start + 20)
            frames.append(round(1000 * part / (whole or 100)))
    return Extent(width, height, tuple(frames) if moves else ())


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    place = 8
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"IEND":
            return
        yield kind, place + 8, place + 8 + size
        place += 12 + size


def _webp(data: bytes) -> Extent:
    """The first chunk, and one `ANMF` for each frame (RFC 9649, sections 2.5 to 2.7)."""
    kind = data[12:16]
    if len(data) < 30:
        raise BrokenPicture(BROKEN)
    if kind == b"VP8X":
        size = int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        chunks = _counted(_webp_chunks(data))
        starts = [start for name, start, _ in chunks if name == b"ANMF" and data[20] & 2]
        return Extent(
            *size, tuple(int.from_bytes(data[start + 12 : start + 15], "little") for start in starts)
        )
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return Extent((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return Extent(width & 0x3FFF, height & 0x3FFF)
    raise BrokenPicture(BROKEN)


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    place = 12
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        yield kind, place + 8, place + 8 + size
        place += 8 + size + size % 2


def _gif(data: bytes) -> Extent:
    """The screen, widened by what reaches beyond it, and each picture with the delay before the next (GIF89a)."""
    width, height = struct.unpack_from("<HH", data, 6)
    delay, frames = 0, []
    for kind, start, _ in gif_blocks(data):
        if kind == b"\xf9":
            delay = 10 * int.from_bytes(data[start + 2 : start + 4], "little")
        elif kind == b",":
            left, top, across, down = struct.unpack_from("<4H", data, start)
            width, height = max(width, left + across), max(height, top + down)
            frames.append(delay)
            delay = 0
    return Extent(width, height, tuple(frames) if len(frames) > 1 else ())


def gif_blocks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Extensions by their label and pictures as a comma: where each begins and ends; raises BrokenPicture for too many."""
    place, left = 13 + _colours(data[10]), PIECES
    while place < len(data) and (kind := data[place : place + 1]) != b";":
        place, left = place + 1, left - 1
        if left < 0:
            raise BrokenPicture(BROKEN)
        if kind in (b"!", b","):
            # A picture has a descriptor of nine bytes before its data, perhaps colours, and a byte about its codes.
            skipped = 0 if kind == b"!" else 10 + _colours(data[place + 8])
            kind, start = (data[place : place + 1], place + 1) if kind == b"!" else (kind, place)
            place, left = _gif_end(data, start + skipped, left)
            yield kind, start, place


def _gif_end(data: bytes, place: int, left: int) -> tuple[int, int]:
    """Where the pieces of a block end, and how many more a file may have."""
    while size := data[place]:
        place, left = place + 1 + size, left - 1
        if left < 0:
            raise BrokenPicture(BROKEN)
    return place + 1, left


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _avif(data: bytes) -> Extent:
    """The largest of all sizes stated, and the samples of the longest track (ISO 23008-12, 14496-12)."""
    found = _Boxes()
    for kind, start, end in _counted(boxes(data, 0, len(data))):
        if take := _TAKEN.get(kind):
            take(found, data[start : min(end, start + 16_384)])
    if not found.sizes:
        raise BrokenPicture(BROKEN)
    width, height = (max(lengths) for lengths in zip(*found.sizes, strict=True))
    frames = tuple(found.times[: found.samples])
    return Extent(
        width, height, frames + (0,) * (min(found.samples, PIECES) - len(frames)) if found.samples > 1 else ()
    )


class _Boxes:
    """What the boxes of a file say: sizes, how many samples, how many ticks make a second, and the time of each sample."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []
        self.samples = 0
        self.times: list[int] = []
        self._ticks = 1000

    def take_size(self, body: bytes) -> None:
        """`ispe`: of an item."""
        width, height = struct.unpack_from(">II", body, 4)
        self.sizes.append((width, height))

    def take_track(self, body: bytes) -> None:
        """`tkhd`: of a track, with sixteen bits behind the point."""
        width, height = struct.unpack_from(">II", body, 88 if body[0] else 76)
        self.sizes.append((width >> 16, height >> 16))

    def take_ticks(self, body: bytes) -> None:
        """`mdhd`."""
        (self._ticks,) = struct.unpack_from(">I", body, 20 if body[0] else 12)

    def take_samples(self, body: bytes) -> None:
        """`stsz`."""
        (count,) = struct.unpack_from(">I", body, 8)
        self.samples = max(self.samples, count)

    def take_times(self, body: bytes) -> None:
        """`stts`: runs of samples that are shown for the same time."""
        (runs,) = struct.unpack_from(">I", body, 4)
        times: list[int] = []
        for run in range(min(runs, 1000)):
            count, delta = struct.unpack_from(">II", body, 8 + 8 * run)
            times += [round(1000 * delta / (self._ticks or 1000))] * min(count, 1000)
        self.times = max(self.times, times, key=len)


_TAKEN: Final[dict[bytes, Callable[[_Boxes, bytes], None]]] = {
    b"ispe": _Boxes.take_size,
    b"tkhd": _Boxes.take_track,
    b"mdhd": _Boxes.take_ticks,
    b"stsz": _Boxes.take_samples,
    b"stts": _Boxes.take_times,
}
_NESTED: Final = {
    b"meta": 4,
    b"iprp": 0,
    b"ipco": 0,
    b"moov": 0,
    b"trak": 0,
    b"mdia": 0,
    b"minf": 0,
    b"stbl": 0,
}
_DEEPEST: Final = 8


def boxes(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Every box that holds no others, from the outside in."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, start + 8), 16
        close = end if size == 0 else min(start + max(size, head), end)
        yield kind, start + head, close
        if kind in _NESTED and depth < _DEEPEST:
            yield from boxes(data, start + head + _NESTED[kind], close, depth + 1)
        start = close


_READERS: Final[dict[str, Callable[[bytes], Extent]]] = {
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
    "image/avif": _avif,
}
