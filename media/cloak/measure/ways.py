"""What happens to a picture on its way to whoever reads it (C-020), and what somebody does to remove a cloak (C-024)."""

from collections.abc import Callable, Mapping
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from media.cloak.engine import Pixels

Way = Callable[[Pixels], Pixels]
MASTODON_PIXELS = 3840 * 2160


def written(picture: Pixels, kind: str, quality: int) -> Pixels:
    """Written and read again as JPEG or WebP."""
    file = BytesIO()
    Image.fromarray(picture).save(file, kind, quality=quality)
    with Image.open(file) as read:
        return np.asarray(read.convert("RGB"))


def scaled(picture: Pixels, factor: float) -> Pixels:
    """Made smaller or larger by a factor."""
    height, width = picture.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def cropped(picture: Pixels, share: float) -> Pixels:
    """Without a share of its width and height, half of it on each side."""
    height, width = picture.shape[:2]
    top, left = int(height * share / 2), int(width * share / 2)
    return np.ascontiguousarray(picture[top : height - top, left : width - left])


def blurred(picture: Pixels, sigma: float) -> Pixels:
    """Under a Gaussian."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(sigma)))


def _mastodon(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    factor = min(1.0, (MASTODON_PIXELS / (height * width)) ** 0.5)
    return written(scaled(picture, factor) if factor < 1 else picture, "JPEG", 90)


WAYS: Mapping[str, Way] = {
    "nothing": lambda picture: picture,
    "jpeg q75": lambda picture: written(picture, "JPEG", 75),
    "half": lambda picture: scaled(picture, 0.5),
    "crop 10 %": lambda picture: cropped(picture, 0.1),
    "blur 1": lambda picture: blurred(picture, 1),
    "webp q80": lambda picture: written(picture, "WEBP", 80),
    "mastodon": _mastodon,
}
GATE = ("nothing", "jpeg q75", "half")


def _down_and_up(picture: Pixels) -> Pixels:
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(Image.fromarray(scaled(picture, 0.5)).resize(size, Image.Resampling.BICUBIC))


def _notched(picture: Pixels) -> Pixels:
    """Without the peaks of its spectrum: where a frequency stands four times above those around it, it is lowered."""
    planes = []
    for channel in picture.transpose(2, 0, 1).astype(np.float64):
        spectrum = np.fft.fft2(channel)
        size = np.abs(spectrum)
        around = np.median([np.roll(size, step, axis) for axis in (0, 1) for step in (-4, -3, 3, 4)], axis=0)
        high = size > 4 * around
        high[:3, :3] = high[-3:, :3] = high[:3, -3:] = high[-3:, -3:] = (
            False  # the picture's broadest forms stay
        )
        planes.append(np.fft.ifft2(np.where(high, spectrum * around / np.maximum(size, 1e-9), spectrum)).real)
    return np.clip(np.rint(np.stack(planes, -1)), 0, 255).astype(np.uint8)


def _bilateral(picture: Pixels, radius: int = 3, near: float = 2.0, alike: float = 12.0) -> Pixels:
    """Each pixel the mean of those near it that look alike (Tomasi and Manduchi 1998)."""
    centre = picture.astype(np.float32)
    padded = np.pad(centre, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    total, weights = np.zeros_like(centre), np.zeros(centre.shape[:2], dtype=np.float32)[..., None]
    height, width = centre.shape[:2]
    for down in range(2 * radius + 1):
        for right in range(2 * radius + 1):
            other = padded[down : down + height, right : right + width]
            distance = ((other - centre) ** 2).sum(-1, keepdims=True) / (2 * alike**2)
            away = ((down - radius) ** 2 + (right - radius) ** 2) / (2 * near**2)
            weight = np.exp(-distance - away)
            total += weight * other
            weights += weight
    return np.clip(np.rint(total / weights), 0, 255).astype(np.uint8)


def without(change: NDArray[np.float64]) -> Way:
    """What takes a change that is known away from pictures of its size."""
    return lambda picture: np.clip(np.rint(picture - change), 0, 255).astype(np.uint8)


PURIFIERS: Mapping[str, Way] = {
    "notch": _notched,
    "median 3": lambda picture: np.asarray(Image.fromarray(picture).filter(ImageFilter.MedianFilter(3))),
    "bilateral": _bilateral,
    "jpeg q50": lambda picture: written(picture, "JPEG", 50),
    "down and up": _down_and_up,
}
