"""The blurhash that stands in while a picture loads."""

import blurhash_rs
from PIL import Image

_SIDE = 64


def blurhash(picture: Image.Image) -> str:
    """A blurhash of 4 × 3 components (F-057); transparent parts count as white."""
    small = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    if small.mode == "RGBA":
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small)
    return blurhash_rs.blurhash_encode(small.convert("RGB"), 4, 3)
