"""Settings of a generator hidden in the lowest bits of the alpha channel."""

import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

from media.decode import Limits
from media.provenance.containers import MOST_TEXT, Metadata, TooMuch, inflated
from media.provenance.evidence import Evidence, evidence
from media.sniff import FORMATS

PREFIXES = ("stealth_pnginfo", "stealth_pngcomp")
_HEAD = len(PREFIXES[0]) + 4


def look(data: bytes, found: Metadata) -> Iterator[Evidence]:
    """A text in the alpha channel, written column by column, the highest bit first."""
    kind = FORMATS.get(found.media_type)
    if kind not in ("PNG", "WEBP"):
        return
    with Image.open(BytesIO(data), formats=[kind]) as picture:
        if "A" not in picture.getbands():
            return
        if picture.width * picture.height > Limits().pixels:
            raise TooMuch
        bits = np.asarray(picture.getchannel("A")).T.reshape(-1) & 1
    head = _bytes(bits, 0, _HEAD)
    prefix = head[:-4].decode("latin-1")
    if prefix in PREFIXES:
        size = int.from_bytes(head[-4:], "big") // 8
        yield evidence("generator", "alpha", _text(prefix, _bytes(bits, _HEAD, min(size, MOST_TEXT))))


def _bytes(bits: "np.ndarray", start: int, count: int) -> bytes:
    return np.packbits(bits[start * 8 : (start + count) * 8]).tobytes()


def _text(prefix: str, payload: bytes) -> str:
    """The hidden text; where it cannot be unpacked, the mark before it still says what it says."""
    if prefix == "stealth_pngcomp":
        try:
            payload = inflated(payload, zlib.MAX_WBITS | 16)
        except (zlib.error, TooMuch):
            return prefix
    return payload.decode("utf-8", "replace")
