"""Two ways to know a picture again: the hash of its pixels, and a perceptual hash that small changes leave alone."""

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

try:
    import pdqhash
except ImportError:  # the extra is not installed
    pdqhash = None

_SIDE, _KEPT = 32, 8
_PDQ_SIDE, _PDQ_QUALITY = 512, 50
_FLAT = 1.5
"""Below this mean deviation (of 255) a picture has no shapes to compare."""


@dataclass(frozen=True)
class Fingerprint:
    """`pixels`: SHA-256 of size and pixels; `perceptual`: 64 bits in hexadecimal, empty where a picture is too flat.

    `pdq`: 256 bits, empty as well where the extra `pdq` is not installed.
    """

    pixels: str
    perceptual: str
    pdq: str = ""


def fingerprint(picture: Image.Image) -> Fingerprint:
    """Both hashes of an upright RGB or RGBA picture (P-422)."""
    head = f"{picture.mode} {picture.width} {picture.height}\n".encode()
    pixels = hashlib.sha256(head + picture.tobytes()).hexdigest()
    seen = _on_white(picture)
    perceptual = _perceptual(seen)
    return Fingerprint(pixels, perceptual, _pdq(seen) if perceptual else "")


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands():
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")


def _pdq(picture: Image.Image) -> str:
    """PDQ of a picture with enough in it (Facebook 2019, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm")."""
    if pdqhash is None:
        return ""
    # It looks at 64 pixels a side; a copy of eight times that is as good, and quicker.
    small = picture.copy()
    small.thumbnail((_PDQ_SIDE, _PDQ_SIDE), Image.Resampling.BOX)
    bits, quality = pdqhash.compute(np.asarray(small))
    return np.packbits(bits).tobytes().hex() if quality >= _PDQ_QUALITY else ""


def _perceptual(picture: Image.Image) -> str:
    """The signs of the 64 lowest frequencies of a small grey copy against their median (Zauner 2010, "pHash")."""
    small = np.asarray(picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX), dtype=np.float64)
    if float(small.std()) < _FLAT:
        return ""
    lowest = _COSINES @ small @ _COSINES.T
    bits = lowest > np.median(lowest)
    return np.packbits(bits.reshape(-1)).tobytes().hex()


def _cosines() -> "np.ndarray":
    """The first rows of the discrete cosine transform, without the constant one."""
    place = np.arange(_SIDE)
    return np.array([np.cos(np.pi * row * (2 * place + 1) / (2 * _SIDE)) for row in range(1, _KEPT + 1)])


_COSINES = _cosines()


def distance(one: str, other: str) -> int:
    """In how many of 64 bits two perceptual hashes differ; 64 where one of them is missing."""
    if not one or not other:
        return 64
    return (int(one, 16) ^ int(other, 16)).bit_count()
