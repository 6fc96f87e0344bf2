"""A picture of few colours with a palette, every pixel exactly as it was."""

from typing import Final

import numpy as np
from PIL import Image

MOST: Final = 256
_ROWS: Final = 256


def indexed(picture: Image.Image) -> tuple[Image.Image, bytes] | None:
    """An RGB or RGBA picture in mode P and the alpha of its first colours; None where it has more than 256.

    Colours that are not opaque come first, so that no alpha needs to be stated for the others.
    """
    colours = picture.getcolors(MOST)
    if colours is None:
        return None
    packed = sorted(int.from_bytes(_in_four(colour), "little") for _, colour in colours)
    keys = np.array(packed, dtype="<u4")
    places = np.empty((picture.height, picture.width), dtype=np.uint8)
    for top in range(0, picture.height, _ROWS):
        band = picture.crop((0, top, picture.width, min(top + _ROWS, picture.height))).convert("RGBA")
        places[top : top + band.height] = np.searchsorted(keys, np.asarray(band).view("<u4")[..., 0])
    made = Image.fromarray(places)
    made.putpalette(b"".join(key.to_bytes(4, "little")[:3] for key in packed))
    alpha = bytes(key >> 24 for key in packed)
    return made, alpha.rstrip(b"\xff")


def _in_four(colour: object) -> bytes:
    return bytes((*colour, 255)[:4]) if isinstance(colour, tuple) else bytes((0, 0, 0, 255))
