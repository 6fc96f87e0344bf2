"""`python -m media.cloak.measure.gallery OUT`: four pictures drawn by code, before and after, parts at 200 %.

They stand for what people post: flat art, line art, a painting, a photograph.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from media.cloak import ENGINES
from media.cloak.engine import Pixels, Strength

SIDE, PART = 768, 200
AMPLIFIED = 10
SEED = b"gallery".ljust(32, b".")


def flat_art() -> Image.Image:
    """A poster: few even colours under a sky that is one tone after the other."""
    picture = Image.new("RGB", (SIDE, SIDE), (247, 178, 103))
    pen = ImageDraw.Draw(picture)
    for number, tone in enumerate(((244, 132, 95), (242, 112, 89), (242, 92, 84))):
        pen.rectangle((0, 180 + 90 * number, SIDE, SIDE), fill=tone)
    pen.ellipse((430, 90, 610, 270), fill=(255, 233, 190))
    for number, tone in enumerate(((92, 45, 76), (66, 31, 61), (40, 18, 43))):
        base = 470 + 100 * number
        points = [(x, base + 46 * np.sin(x / (70 + 25 * number) + number)) for x in range(0, SIDE + 8, 8)]
        pen.polygon([*points, (SIDE, SIDE), (0, SIDE)], fill=tone)
    return picture


def line_art() -> Image.Image:
    """Ink on paper: outlines, hatching, and white between."""
    random = np.random.default_rng(4)
    picture = Image.new("RGB", (SIDE, SIDE), (252, 251, 247))
    pen = ImageDraw.Draw(picture)
    for ring in range(9):
        box = [384 - 30 * ring, 384 - 38 * ring, 384 + 30 * ring, 384 + 38 * ring]
        pen.arc(box, 20 * ring, 20 * ring + 300, fill=(24, 24, 28), width=3)
    for _ in range(260):
        x, y = random.integers(0, SIDE, 2)
        length = int(random.integers(20, 60))
        pen.line((x, y, x + length, y - length // 2), fill=(40, 40, 46), width=int(random.integers(1, 3)))
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def painting() -> Image.Image:
    """Ten thousand strokes that follow one slow field, lighter above."""
    random = np.random.default_rng(5)
    picture = Image.new("RGB", (SIDE, SIDE), (70, 90, 110))
    pen = ImageDraw.Draw(picture)
    for _ in range(10_000):
        x, y = random.uniform(0, SIDE, 2)
        angle = np.sin(x / 130) + np.cos(y / 170)
        length = random.uniform(12, 34)
        light = 1 - 0.6 * y / SIDE
        tone = np.array([90 + 120 * light, 110 + 60 * light, 150 - 60 * light]) + random.normal(0, 14, 3)
        colour = tuple(int(value) for value in np.clip(tone, 0, 255))
        end = (x + length * np.cos(angle), y + length * np.sin(angle))
        pen.line((x, y, *end), fill=colour, width=int(random.integers(3, 9)))
    return picture.filter(ImageFilter.GaussianBlur(0.8))


def photograph() -> Image.Image:
    """A smooth sky over ground of grain at every scale, as lenses and sensors give it."""
    random = np.random.default_rng(6)
    ground = np.zeros((SIDE, SIDE))
    for power in range(2, 9):
        small = random.normal(0, 1, (2**power, 2**power)).astype(np.float32)
        layer = Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        ground += np.asarray(layer) * 30 / power
    height = np.linspace(0, 1, SIDE)[:, None]
    horizon = 0.45 + 0.03 * np.sin(np.arange(SIDE) / 90)[None, :]
    below = np.clip((height - horizon) * 60, 0, 1)[..., None]
    sky = np.stack([110 + 90 * height, 150 + 70 * height, 205 + 30 * height], -1) * np.ones((SIDE, SIDE, 1))
    earth = np.array([104, 112, 70]) + ground[..., None] * np.array([1, 0.95, 0.7])
    noisy = sky * (1 - below) + earth * below + random.normal(0, 1.5, (SIDE, SIDE, 1))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


PICTURES: Mapping[str, tuple[Callable[[], Image.Image], tuple[int, int]]] = {
    "flat-art": (flat_art, (360, 120)),
    "line-art": (line_art, (300, 240)),
    "painting": (painting, (280, 300)),
    "photograph": (photograph, (280, 220)),
}
"""Each with the upper left corner of the part that is shown."""


def sheet(before: Pixels, after: Pixels, corner: tuple[int, int]) -> Image.Image:
    """Before, after, and the difference ten times as strong around grey: one part of each, at 200 %."""
    difference = np.clip(128 + AMPLIFIED * (after.astype(int) - before), 0, 255).astype(np.uint8)
    left, top = corner
    result = Image.new("RGB", (PART * 6 + 16, PART * 2), "white")
    for number, pixels in enumerate((before, after, difference)):
        part = Image.fromarray(pixels[top : top + PART, left : left + PART])
        grown = part.resize((PART * 2, PART * 2), Image.Resampling.NEAREST)
        result.paste(grown, (number * (PART * 2 + 8), 0))
    return result


def main(arguments: list[str]) -> int:
    """Write one sheet for each picture, at the standard strength."""
    if not arguments:
        sys.stderr.write("usage: python -m media.cloak.measure.gallery OUT [ENGINE]\n")
        return 2
    out, engine = Path(arguments[0]), ENGINES[arguments[1] if len(arguments) > 1 else "generator"]
    out.mkdir(parents=True, exist_ok=True)
    for name, (draw, corner) in PICTURES.items():
        before = np.asarray(draw())
        after = engine.cloak(before, Strength.standard, SEED).picture
        sheet(before, after, corner).save(out / f"{name}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
