"""The sizes in which a work is shown, each cut from the cloaked master and encoded once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from media.marks import SAVERS, Marks

SIDES = {"large": 5000, "preview": 1080, "small": 600}  # the longest side, in pixels
_PNG_AT_MOST = 1.5  # times the bytes of the JPEG


@dataclass(frozen=True)
class Rendition:
    """One encoded picture: `data` is the whole file, `sha256` its digest in hexadecimal."""

    name: str
    media_type: str
    width: int
    height: int
    data: bytes
    sha256: str


def renditions(
    master: Image.Image, written: Marks, upload: tuple[str, int], made: Callable[[int], None]
) -> tuple[Rendition, ...]:
    """`large`, `preview` and `small` of a master in RGB or RGBA; `upload` is the media type and size of the file.

    PNG where some of the picture is transparent, or where the upload was PNG and a PNG stays within one and a half
    times the JPEG; otherwise JPEG (F-054, C-008). `made` is called with the number of renditions ready.
    """
    results: list[Rendition] = []
    for name, side in SIDES.items():
        results.append(_rendition(name, _within(master, side), written, upload))
        made(len(results))
    return tuple(results)


def _rendition(name: str, picture: Image.Image, written: Marks, upload: tuple[str, int]) -> Rendition:
    media_type, data = _encoded(picture, written, upload)
    return Rendition(name, media_type, *picture.size, data, hashlib.sha256(data).hexdigest())


def _within(master: Image.Image, side: int) -> Image.Image:
    """The master, no longer than `side` on either side; never enlarged."""
    scale = side / max(master.size)
    if scale >= 1:
        return master
    width, height = (max(1, round(length * scale)) for length in master.size)
    return master.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encoded(picture: Image.Image, written: Marks, upload: tuple[str, int]) -> tuple[str, bytes]:
    if picture.mode == "RGBA":
        return "image/png", SAVERS["image/png"](picture, written)
    jpeg = SAVERS["image/jpeg"](picture, written)
    media_type, size = upload
    most = _PNG_AT_MOST * len(jpeg)
    # A cloaked PNG is never much smaller than the one that came, so a heavy upload is not tried at all.
    if media_type == "image/png" and size <= most:
        png = SAVERS["image/png"](picture, written)
        if len(png) <= most:
            return "image/png", png
    return "image/jpeg", jpeg
