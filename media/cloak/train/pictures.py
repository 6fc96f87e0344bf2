"""Crops of the pictures in a folder, and pictures drawn by code beside them."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from media.cloak.engine import Pixels

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif"}
LONGEST = 1600
LARGEST = 40_000_000
DRAWN = 0.12  # of all crops are drawn by code: flat shapes, lines and gradients, which art has and photos have not


class Pictures:
    """Upright crops of `side` pixels, (side, side, 3) uint8, the same for the same generator of random numbers."""

    def __init__(self, folders: list[Path], side: int) -> None:
        self.side = side
        files = sorted(
            path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES
        )
        self.files = [path for path in files if self._is_large_enough(path)]
        if not self.files:
            raise ValueError(f"there are no pictures of at least {side} pixels")
        self._kept: dict[Path, Pixels] = {}

    def _is_large_enough(self, path: Path) -> bool:
        try:
            with Image.open(path) as picture:
                return min(picture.size) >= self.side and picture.width * picture.height <= LARGEST
        except (OSError, Image.DecompressionBombError):
            return False

    def crop(self, random: np.random.Generator) -> Pixels:
        """One crop, scaled and mirrored by chance."""
        if random.random() < DRAWN:
            return drawn(self.side, random)
        whole = self._whole(self.files[int(random.integers(len(self.files)))])
        height, width = whole.shape[:2]
        # A crop of up to twice the side is scaled down, so that both details and wholes are seen.
        taken = int(min(self.side * random.uniform(1, 2.5), height, width))
        top, left = int(random.integers(height - taken + 1)), int(random.integers(width - taken + 1))
        crop = Image.fromarray(whole[top : top + taken, left : left + taken])
        if taken != self.side:
            crop = crop.resize((self.side, self.side), Image.Resampling.LANCZOS)
        pixels = np.asarray(crop)
        return np.ascontiguousarray(pixels[:, ::-1]) if random.random() < 0.5 else pixels

    def _whole(self, path: Path) -> Pixels:
        if path not in self._kept:
            with Image.open(path) as opened:
                over = opened.convert("RGBA")
            over.thumbnail((LONGEST, LONGEST))
            if min(over.size) < self.side:
                over = over.resize((max(over.width, self.side), max(over.height, self.side)))
            ground = Image.new("RGBA", over.size, (236, 232, 224, 255))
            self._kept[path] = np.asarray(Image.alpha_composite(ground, over).convert("RGB"))
        return self._kept[path]


def drawn(side: int, random: np.random.Generator) -> Pixels:
    """Flat shapes and lines over a gradient, as flat art and line art have them."""
    two = random.integers(0, 256, (2, 1, 1, 3)).astype(np.float32)
    slope = np.linspace(0, 1, side, dtype=np.float32).reshape(-1, 1, 1)
    ground = np.broadcast_to(two[0] + (two[1] - two[0]) * slope, (side, side, 3))
    picture = Image.fromarray(ground.astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(random.integers(2, 14))):
        box = sorted(random.integers(0, side, 2).tolist()) + sorted(random.integers(0, side, 2).tolist())
        colour = tuple(random.integers(0, 256, 3).tolist())
        corners = (box[0], box[2], box[1] + 1, box[3] + 1)
        if random.random() < 0.5:
            pen.line([tuple(point) for point in random.integers(0, side, (4, 2)).tolist()], colour, width=3)
        elif random.random() < 0.5:
            pen.ellipse(corners, fill=colour)
        else:
            pen.rectangle(corners, fill=colour)
    if random.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(float(random.uniform(0.5, 4))))
    return np.asarray(picture)
