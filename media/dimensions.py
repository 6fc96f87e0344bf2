"""How large a picture says it is, by its header alone and without a picture library: enough to guess how long it takes."""

from typing import BinaryIO, Final

_SEGMENTS: Final = 500
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
NOTHING: Final = (0, 0)


def dimensions(file: BinaryIO, media_type: str) -> tuple[int, int]:
    """Width and height as the file states them, before any turning; (0, 0) where that is not found at once."""
    file.seek(0)
    if media_type == "image/jpeg":
        return _jpeg(file)
    head = file.read(64)
    if media_type == "image/png" and len(head) >= 24:
        return _big(head[16:20]), _big(head[20:24])
    if media_type == "image/gif" and len(head) >= 10:
        return _little(head[6:8]), _little(head[8:10])
    return _webp(head) if media_type == "image/webp" and len(head) >= 30 else NOTHING


def _jpeg(file: BinaryIO) -> tuple[int, int]:
    """The frame header (ITU T.81, B.2.2), which stands behind any number of other segments."""
    file.seek(2)
    for _ in range(_SEGMENTS):
        marker = file.read(2)
        if len(marker) < 2 or marker[0] != 0xFF:
            return NOTHING
        if marker[1] in _ALONE or marker[1] == 0xFF:
            file.seek(-(marker[1] == 0xFF), 1)
            continue
        rest = file.read(7)
        if len(rest) < 7 or marker[1] == 0xDA:
            return NOTHING
        if marker[1] in _FRAMES:
            return _big(rest[5:7]), _big(rest[3:5])
        file.seek(_big(rest[:2]) - 7, 1)
    return NOTHING


def _webp(head: bytes) -> tuple[int, int]:
    """The three kinds of first chunk (RFC 9649, sections 2.5 to 2.7)."""
    kind = head[12:16]
    if kind == b"VP8X":
        return _little(head[24:27]) + 1, _little(head[27:30]) + 1
    if kind == b"VP8 ":
        return _little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF
    if kind == b"VP8L":
        bits = _little(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return NOTHING


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
