"""The sizes in which a work is shown, each cut from the cloaked master and encoded once in each of its formats."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image

from media.marks import SAVERS, Marks, save_webp

SIDES: Final = {"large": 5000, "screen": 2560, "preview": 1080, "small": 600}  # the longest side, in pixels
CARD: Final = (1200, 630)
MOST_IN_OTHERS: Final = 3200
"""The longest side up to which a size is made as AVIF and WebP too; above, it takes longer than it saves."""

_PNG_AT_MOST = 1.5  # times the bytes of the JPEG
_LOSSLESS_AT_MOST = 1.5  # times the bytes with loss
_OTHERS_AT_MOST = 0.9  # times the bytes of JPEG or PNG, or it is not worth a file
_SHORT: Final = {"image/webp": "webp", "image/avif": "avif"}

Encoded = tuple[str, bytes]


@dataclass(frozen=True)
class Rendition:
    """One encoded picture: `data` is the whole file, `sha256` its digest in hexadecimal.

    `name` is that of its size for the file that apps and other servers get, and `preview.avif` for a further format.
    """

    name: str
    media_type: str
    width: int
    height: int
    data: bytes
    sha256: str


@dataclass(frozen=True)
class Cut:
    """What decides on the sizes: type and bytes of the upload, and the point that crops keep in sight.

    The point is x and y from -1 to 1, right and up (F-058). Without `others` no further formats are made and no card.
    """

    media_type: str
    bytes: int
    focus: tuple[float, float] = (0.0, 0.0)
    others: bool = True


Made = Callable[[int], None]
"""Hears the percentage of the sizes that are ready."""


def renditions(master: Image.Image, written: Marks, cut: Cut, made: Made) -> tuple[Rendition, ...]:
    """`large`, `preview` and `small` of a master in RGB or RGBA, and `screen` where `large` is too large for most screens.

    PNG where some of the picture is transparent, or where the upload was PNG and a PNG stays within one and a half
    times the JPEG; otherwise JPEG (F-054, C-008). Each as WebP and AVIF too, where that saves something, and a `card`.
    """
    known: dict[tuple[int, int], list[Encoded]] = {}
    results: list[Rendition] = []
    for number, name in enumerate(reversed(SIDES), 1):
        if name != "screen" or max(master.size) > MOST_IN_OTHERS:
            picture = within(master, SIDES[name])
            known[picture.size] = (
                known[picture.size][:1] if picture.size in known else encoded(picture, written, cut)
            )
            results[:0] = named(name, picture, known[picture.size])
        made(100 * number // (len(SIDES) + 1))
    return (*results, *card(master, written, cut))


def named(name: str, picture: Image.Image, files: list[Encoded]) -> Iterator[Rendition]:
    """The files of one size, the one that apps and other servers get first."""
    for number, (media_type, data) in enumerate(files):
        full = f"{name}.{_SHORT[media_type]}" if number else name
        yield Rendition(full, media_type, *picture.size, data, hashlib.sha256(data).hexdigest())


def within(master: Image.Image, side: int) -> Image.Image:
    """The master, no longer than `side` on either side; never enlarged."""
    scale = side / max(master.size)
    if scale >= 1:
        return master
    width, height = (max(1, round(length * scale)) for length in master.size)
    return master.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def encoded(picture: Image.Image, written: Marks, cut: Cut) -> list[Encoded]:
    """One size in its formats: JPEG or PNG, then WebP and AVIF as far as they save a tenth of it."""
    plain = _plain(picture, written, cut)
    if not cut.others or max(picture.size) > MOST_IN_OTHERS:
        return [plain]
    most = _OTHERS_AT_MOST * len(plain[1])
    return [plain, *(other for other in _others(picture, written, plain) if len(other[1]) <= most)]


def _plain(picture: Image.Image, written: Marks, cut: Cut) -> Encoded:
    if picture.mode == "RGBA":
        return "image/png", SAVERS["image/png"](picture, written)
    jpeg = SAVERS["image/jpeg"](picture, written)
    most = _PNG_AT_MOST * len(jpeg)
    # A cloaked PNG is never much smaller than the one that came, so a heavy upload is not tried at all.
    if cut.media_type == "image/png" and cut.bytes <= most:
        png = SAVERS["image/png"](picture, written)
        if len(png) <= most:
            return "image/png", png
    return "image/jpeg", jpeg


def _others(picture: Image.Image, written: Marks, plain: Encoded) -> Iterator[Encoded]:
    """What is exact as PNG stays so as WebP, unless that weighs much; then there is no AVIF, which never is."""
    webp = save_webp(picture, written)
    # An exact WebP is about half of the PNG, so where that is heavy it is not tried at all.
    if plain[0] == "image/png" and len(plain[1]) <= 2 * _LOSSLESS_AT_MOST * len(webp):
        exact = save_webp(picture, written, lossless=True)
        if len(exact) <= _LOSSLESS_AT_MOST * len(webp):
            yield "image/webp", exact
            return
    yield "image/webp", webp
    yield "image/avif", SAVERS["image/avif"](picture, written)


def card(master: Image.Image, written: Marks, cut: Cut) -> Iterator[Rendition]:
    """What stands beside a link elsewhere: 1200 × 630 around the point in sight, less where the picture is smaller."""
    if not cut.others:
        return
    wide, high = CARD
    scale = min(master.width / wide, master.height / high)
    width, height = max(1, int(wide * scale)), max(1, int(high * scale))
    left = _start((cut.focus[0] + 1) / 2 * master.width, width, master.width)
    top = _start((1 - cut.focus[1]) / 2 * master.height, height, master.height)
    part = master.crop((left, top, left + width, top + height))
    if scale > 1:
        part = part.resize(CARD, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if part.mode == "RGBA":
        part = Image.alpha_composite(Image.new("RGBA", part.size, "white"), part).convert("RGB")
    yield from named("card", part, [("image/jpeg", SAVERS["image/jpeg"](part, written))])


def _start(middle: float, length: int, whole: int) -> int:
    """Where a part of that length begins, so that it lies around the middle and within the whole."""
    return round(max(0.0, min(middle - length / 2, whole - length)))
