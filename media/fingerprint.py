"""Two ways to know a picture again: the hash of its pixels, and a perceptual hash that small changes leave alone."""

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

_SIDE, _KEPT = 32, 8
_FLAT = 1.5
"""Below this mean deviation (of 255) a picture has no shapes to compare."""


@dataclass(frozen=True)
class Fingerprint:
    """`pixels`: SHA-256 of size and pixels; `perceptual`: 64 bits in hexadecimal, empty where a picture is too flat."""

    pixels: str
    perceptual: str


def fingerprint(picture: Image.Image) -> Fingerprint:
    """Both hashes of an upright RGB or RGBA picture (P-422)."""
    head = f"{picture.mode} {picture.width} {picture.height}\n".encode()
    return Fingerprint(hashlib.sha256(head + picture.tobytes()).hexdigest(), _perceptual(picture))


def _perceptual(picture: Image.Image) -> str:
    """The signs of the 64 lowest frequencies of a small grey copy against their median (Zauner 2010, "pHash")."""
    grey = picture.convert("RGBA") if "A" in picture.getbands() else picture.convert("RGB")
    if grey.mode == "RGBA":
        grey = Image.alpha_composite(Image.new("RGBA", grey.size, "white"), grey)
    small = np.asarray(grey.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX), dtype=np.float64)
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
