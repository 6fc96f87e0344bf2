"""A picture at a quarter of its resolution, where changes are drawn, and the way back to its pixels."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from media.cloak.engine import Pixels

Plane = NDArray[np.float32]

STEP = 4  # the change is drawn at a quarter of the resolution: those frequencies survive JPEG and halving
ROWS = 256  # worked on at once, so that memory beyond the picture stays small
_EDGES = ImageFilter.Kernel((3, 3), (0, -1, 0, -1, 4, -1, 0, -1, 0), scale=1, offset=128)
_DISTANCE = [abs(value - 128) for value in range(256)]
_STILL, _BUSY = 4.0, 32.0  # mean absolute Laplacian: below, nothing may change; above, everything may
_BROAD = 8.0  # mean contrast at the change's own scale that hides all of it


def quarters(picture: Pixels) -> tuple[Plane, Plane]:
    """Luma and activity, 0 to 255, of a picture (height, width, 3) at a quarter of its resolution.

    Activity is the mean absolute Laplacian, which is nothing on any even gradient.
    """
    height, width = picture.shape[:2]
    luma = Image.new("L", (width, height))
    for top in range(0, height, ROWS):
        luma.paste(Image.fromarray(picture[top : top + ROWS]).convert("L"), (0, top))
    activity = luma.filter(_EDGES).point(_DISTANCE).crop((1, 1, width - 1, height - 1))
    small = luma.reduce(STEP)
    # The filter does not know the outermost pixels; without them the rest is stretched by two pixels in all.
    edges = activity.reduce(STEP).resize(small.size, Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32), np.asarray(edges, dtype=np.float32)


def visibility(luma: Plane, activity: Plane) -> Plane:
    """How much may change, 0 to 1: nothing where the picture is flat or a smooth gradient, less in the extremes.

    The mean of the activity's square root counts texture, which is everywhere, above a lone edge, which is not.
    """
    texture = np.square(blurred(np.sqrt(activity), 1))
    allowed = np.clip((texture - _STILL) / (_BUSY - _STILL), 0, 1)
    # What is broad hides behind what is broad: fine grain alone covers only a little of it.
    broad = blurred(np.abs(luma - blurred(luma, 2)), 2)
    allowed = allowed * (0.35 + 0.65 * np.clip(broad / _BROAD, 0, 1))
    brightness = 0.4 + 0.6 * np.sin(luma * (np.pi / 255))
    visible: Plane = (allowed * brightness).astype(np.float32)
    return visible


def blurred(plane: Plane, radius: int) -> Plane:
    """The mean over a square of side 2 × radius + 1, edges repeated."""
    for axis in (0, 1):
        around = [(radius, radius) if side == axis else (0, 0) for side in (0, 1)]
        padded, length = np.pad(plane, around, mode="edge"), plane.shape[axis]
        total = np.zeros_like(plane)
        for start in range(2 * radius + 1):
            total += padded[start : start + length] if axis == 0 else padded[:, start : start + length]
        plane = total / np.float32(2 * radius + 1)
    return plane


def added(picture: Pixels, *change: Plane) -> Pixels:
    """The picture with a change drawn at a quarter of its resolution, in steps of 255.

    One plane moves all three channels alike, three move red, green and blue.
    """
    height, width = picture.shape[:2]
    drawn, result = [Image.fromarray(plane) for plane in change], np.empty_like(picture)
    for top in range(0, height, ROWS):
        rows = min(ROWS, height - top)
        box = (0, top / STEP, width / STEP, (top + rows) / STEP)
        for channel in range(3):
            if channel < len(drawn):
                plane = drawn[channel].resize((width, rows), Image.Resampling.BILINEAR, box=box)
                moved = np.rint(np.asarray(plane)).astype(np.int16)
            result[top : top + rows, :, channel] = np.clip(
                picture[top : top + rows, :, channel] + moved, 0, 255
            )
    return result
