"""What a cloak changed: a size of a picture beside its original, whole and in crops, for its artist alone (C-004).

`python -m media.compare ORIGINAL SHOWN OUT_DIR`, limits as JSON on standard input, is a process of its own like
`python -m media`: it confines itself first, and prints `{"done"}` or `{"refused", "kind"}`.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageStat

from media.__main__ import CPU_SECONDS, MEMORY_BYTES, confine, say
from media.decode import Limits, decode
from media.errors import MediaError
from media.variants import within

WHOLE = 1080  # the longest side of the whole view, in pixels
CROP = (320, 240)
AMPLIFIED = 10
SIDES = ("before", "after", "difference")
VIEWS = ("whole", "100", "200")
_STEP = 16  # pixels from one place to the next where the change is looked for


@dataclass(frozen=True)
class Compared:
    """Encoded files by `view-side.suffix`, the size of each view, and how far values moved, in steps of 255."""

    files: Mapping[str, bytes]
    sizes: Mapping[str, tuple[int, int]]
    peak: int
    mean: float


def compare(original: bytes, shown: bytes, limits: Limits | None = None) -> Compared:
    """Show a size of a picture beside its original in that size; raises a MediaError.

    `whole` fits into 1080 pixels. `100` is a part at its own size, around where most was changed; `200` the middle of
    that part, each pixel as four. The difference is ten times as strong, around mid-grey. What is transparent stands
    on mid-grey.
    """
    came, leaves = decode(original, limits), decode(shown, limits)
    after = _opaque(leaves.picture)
    before = _opaque(_scaled(came.picture, after.size))
    change = ImageChops.difference(before, after)
    box = _most(change)
    pair, profile = (before, after), leaves.icc_profile
    parts = {
        "whole": tuple(within(each, WHOLE) for each in pair),
        "100": tuple(each.crop(box) for each in pair),
        "200": tuple(_doubled(each.crop(_middle(box))) for each in pair),
    }
    files = {name: data for view, some in parts.items() for name, data in _view(view, some, profile)}
    sizes = {view: some[0].size for view, some in parts.items()}
    return Compared(
        files, sizes, int(np.asarray(change).max()), round(sum(ImageStat.Stat(change).mean) / 3, 2)
    )


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    ground = Image.new("RGBA", picture.size, (128, 128, 128, 255))
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def _scaled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """As the sizes of a work are cut, so that nothing but the cloak and the encoding differs."""
    return (
        picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    )


def _most(change: Image.Image) -> tuple[int, int, int, int]:
    """The part, no larger than a crop, in which most was changed."""
    width, height = min(CROP[0], change.width), min(CROP[1], change.height)
    sums = np.asarray(change.convert("L").reduce(_STEP), dtype=np.float64).cumsum(0).cumsum(1)
    sums = np.pad(sums, ((1, 0), (1, 0)))
    wide, high = max(1, width // _STEP), max(1, height // _STEP)
    inside = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    left = min(int(column) * _STEP, change.width - width)
    top = min(int(row) * _STEP, change.height - height)
    return left, top, left + width, top + height


def _middle(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    width, height = max(1, (right - left) // 2), max(1, (bottom - top) // 2)
    left, top = left + width // 2, top + height // 2
    return left, top, left + width, top + height


def _doubled(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.NEAREST)


def _view(view: str, pair: tuple[Image.Image, ...], profile: bytes | None) -> list[tuple[str, bytes]]:
    before, after = pair
    suffix, kind = ("jpg", "JPEG") if view == "whole" else ("png", "PNG")
    return [
        (f"{view}-before.{suffix}", _encoded(before, kind, profile)),
        (f"{view}-after.{suffix}", _encoded(after, kind, profile)),
        (f"{view}-difference.png", _encoded(_amplified(before, after), "PNG", None)),
    ]


def _amplified(before: Image.Image, after: Image.Image) -> Image.Image:
    moved = np.asarray(after, dtype=np.int16) - np.asarray(before, dtype=np.int16)
    return Image.fromarray(np.clip(128 + AMPLIFIED * moved, 0, 255).astype(np.uint8))


def _encoded(picture: Image.Image, kind: str, profile: bytes | None) -> bytes:
    out = BytesIO()
    finest = {"quality": 96, "subsampling": 0} if kind == "JPEG" else {}
    picture.save(out, kind, icc_profile=profile, **finest)
    return out.getvalue()


def main(arguments: list[str]) -> int:
    """Compare ORIGINAL with SHOWN into OUT_DIR; 0 when done or refused, 2 for a wrong call."""
    if len(arguments) != 3:
        sys.stderr.write("usage: python -m media.compare ORIGINAL SHOWN OUT_DIR < limits.json\n")
        return 2
    original, shown, folder = map(Path, arguments)
    limits = Limits(**json.load(sys.stdin))
    confine(MEMORY_BYTES, CPU_SECONDS)
    try:
        compared = compare(original.read_bytes(), shown.read_bytes(), limits)
    except MediaError as error:
        say({"refused": error.sentence, "kind": error.kind})
        return 0
    for name, data in compared.files.items():
        (folder / name).write_bytes(data)
    said = {
        "files": list(compared.files),
        "sizes": compared.sizes,
        "peak": compared.peak,
        "mean": compared.mean,
    }
    say({"done": said})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
