"""Where metadata lies in a file: PNG, JPEG, WebP and GIF walked piece by piece, AVIF by Pillow; within bounds (P-410)."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeVar

from PIL import Image

from media.extent import boxes, gif_blocks
from media.sniff import sniff

MOST = 8 * 1024 * 1024
MOST_TEXT = 2 * 1024 * 1024
PIECES = 20_000
"""The most chunks or segments a file may have; pictures of 40 MiB have five thousand."""

Piece = TypeVar("Piece")

XMP_TEXT = "XML:com.adobe.xmp"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_EXIF = b"Exif\0\0"
_IPTC = b"Photoshop 3.0\0"
_MANIFEST_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_MANIFEST_BLOCK, _XMP_BLOCK = b"C2PA_GIF", b"XMP DataXMP"
_XMP_TRAILER = 258


class TooMuch(Exception):
    """More metadata than anybody needs."""


@dataclass
class Metadata:
    """What a file carries beside its picture, and the names of parts that were too large or damaged.

    `store` are its manifests once they were read.
    """

    media_type: str
    texts: dict[str, str] = field(default_factory=dict)
    xmp: list[bytes] = field(default_factory=list)
    exif: bytes = b""
    iptc: bytes = b""
    manifest: int = 0
    store: dict[str, Any] | None = None
    unreadable: list[str] = field(default_factory=list)
    _taken: int = 0

    def take(self, size: int) -> None:
        """Count metadata that is about to be read; raises TooMuch above 8 MiB in all."""
        self._taken += size
        if self._taken > MOST:
            raise TooMuch


def read(data: bytes) -> Metadata:
    """The metadata of a file; raises TooMuch, or what damaged bytes raise."""
    media_type = sniff(data) or ""
    found = Metadata(media_type)
    walk = _WALKS.get(media_type)
    if walk is not None:
        walk(data, found)
    return found


def _read_png(data: bytes, found: Metadata) -> None:
    for kind, body in _few(_png_chunks(data)):
        if kind in _NOTES:
            _keep_note(kind, body, found)
        elif kind == b"eXIf":
            found.take(len(body))
            found.exif = body.removeprefix(_EXIF)
        elif kind == b"caBX":
            found.take(len(body))
            found.manifest += len(body)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        if kind == b"IEND" or not kind.isalpha():
            return
        yield kind, data[place + 8 : place + 8 + size]
        place += 12 + size


def _keep_note(kind: bytes, body: bytes, found: Metadata) -> None:
    """One text chunk; of several with the same name the first counts, as long as the others say the same."""
    keyword, _, rest = body.partition(b"\0")
    name = keyword.decode("latin-1")
    try:
        value = _NOTES[kind](rest)
        found.take(len(value))
    except (TooMuch, zlib.error, ValueError):
        found.unreadable.append(f"text {name[:79]}")
        return
    if name == XMP_TEXT:
        found.xmp.append(value)
        return
    text = value.decode("utf-8", "replace") if kind == b"iTXt" else value.decode("latin-1")
    # Some write UTF-8 into chunks that are Latin-1 by their type.
    found.texts.setdefault(name, text)


def _plain(rest: bytes) -> bytes:
    if len(rest) > MOST_TEXT:
        raise TooMuch
    return rest


def _packed(rest: bytes) -> bytes:
    return inflated(rest[1:])


def _international(rest: bytes) -> bytes:
    if len(rest) < 2:
        raise ValueError("a text chunk that ends early")
    _, _, after = rest[2:].partition(b"\0")
    _, _, text = after.partition(b"\0")
    return inflated(text) if rest[0] else _plain(text)


def inflated(packed: bytes, window: int = zlib.MAX_WBITS) -> bytes:
    """Deflated bytes at their length, at most 2 MiB."""
    machine = zlib.decompressobj(window)
    out = machine.decompress(packed, MOST_TEXT + 1)
    return _plain(out)


_NOTES: dict[bytes, Callable[[bytes], bytes]] = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _international}


def _read_jpeg(data: bytes, found: Metadata) -> None:
    pieces: dict[bytes, list[tuple[int, bytes]]] = {}
    for marker, body in _few(_jpeg_segments(data)):
        found.take(len(body) if 0xE1 <= marker <= 0xEF else 0)
        if marker == 0xE1 and body.startswith(_EXIF):
            found.exif = found.exif or body[len(_EXIF) :]
        elif marker == 0xE1 and body.startswith(_XMP):
            found.xmp.append(body[len(_XMP) :])
        elif marker == 0xE1 and body.startswith(_MORE_XMP):
            head = len(_MORE_XMP) + 32
            place = int.from_bytes(body[head + 4 : head + 8], "big")
            pieces.setdefault(body[len(_MORE_XMP) : head], []).append((place, body[head + 8 :]))
        elif marker == 0xED and body.startswith(_IPTC):
            found.iptc += body[len(_IPTC) :]
        elif marker == 0xEB and body.startswith(b"JP"):
            found.manifest += len(body)
    for parts in pieces.values():
        _keep_xmp(b"".join(part for _, part in sorted(parts)), found)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a byte to fill with
            place += 1
            continue
        if marker == 0xDA:
            return
        size = int.from_bytes(data[place + 2 : place + 4], "big")
        yield marker, data[place + 4 : place + 2 + size]
        place += 2 + max(size, 2)


def _read_webp(data: bytes, found: Metadata) -> None:
    for kind, body in _few(_webp_chunks(data)):
        found.take(len(body) if kind in (b"EXIF", b"XMP ", b"C2PA") else 0)
        if kind == b"EXIF":
            found.exif = body.removeprefix(_EXIF)
        elif kind == b"XMP ":
            _keep_xmp(body, found)
        elif kind == b"C2PA":
            found.manifest += len(body)


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place + 8 <= len(data):
        kind, size = struct.unpack("<4sI", data[place : place + 8])
        yield kind, data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _few(pieces: Iterator[tuple[Piece, bytes]]) -> Iterator[tuple[Piece, bytes]]:
    """The pieces of a file; raises TooMuch where there are more than any picture has."""
    for number, piece in enumerate(pieces):
        if number >= PIECES:
            raise TooMuch
        yield piece


def _keep_xmp(packet: bytes, found: Metadata) -> None:
    if len(packet) > MOST_TEXT:
        found.unreadable.append("xmp")
    else:
        found.xmp.append(packet)


def _read_avif(data: bytes, found: Metadata) -> None:
    with Image.open(BytesIO(data), formats=["AVIF"]) as picture:
        exif, xmp = picture.info.get("exif", b""), picture.info.get("xmp", b"")
    found.take(len(exif) + len(xmp))
    found.exif = exif.removeprefix(_EXIF)
    if xmp:
        _keep_xmp(xmp, found)
    for kind, start, end in boxes(data, 0, len(data)):
        if kind == b"uuid" and data[start : start + 16] == _MANIFEST_BOX:
            found.take(end - start)
            found.manifest += end - start


def _read_gif(data: bytes, found: Metadata) -> None:
    """Comments, and what applications add; XMP stands there as it is, before a trailer that readers of blocks skip by."""
    for kind, start, end in gif_blocks(data):
        name = data[start + 1 : start + 1 + data[start]] if kind in (b"\xfe", b"\xff") else b""
        if kind == b"\xff" and name.startswith(_MANIFEST_BLOCK):
            found.take(end - start)
            found.manifest += end - start
        elif kind == b"\xff" and name == _XMP_BLOCK:
            packet = data[start + 12 : max(start + 12, end - _XMP_TRAILER)]
            found.take(len(packet))
            _keep_xmp(packet, found)
        elif kind == b"\xfe":
            text = _joined(data, start, end)
            found.take(len(text))
            found.texts.setdefault("Comment", text.decode("utf-8", "replace"))


def _joined(data: bytes, start: int, end: int) -> bytes:
    """The pieces of a block without their lengths."""
    pieces = []
    while start < end and (size := data[start]):
        pieces.append(data[start + 1 : start + 1 + size])
        start += 1 + size
    return b"".join(pieces)


_WALKS: dict[str, Callable[[bytes, Metadata], None]] = {
    "image/png": _read_png,
    "image/jpeg": _read_jpeg,
    "image/webp": _read_webp,
    "image/avif": _read_avif,
    "image/gif": _read_gif,
}
