"""How visible a change is, by three unlike measures and the plain error (C-026)."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from media.cloak.encoders.perceptual import Perceptual
from media.cloak.engine import Pixels
from media.cloak.measure.contrast import luma, seen


@dataclass(frozen=True)
class Visibility:
    """`perceptual`: shift-tolerant LPIPS; `structure`: SSIM; `contrast`: steps of 255 as the eye weighs them; `psnr` in dB."""

    perceptual: float
    structure: float
    contrast: float
    psnr: float


def tensor(picture: Pixels) -> Tensor:
    """(1, 3, height, width), 0 to 1, in the order in which processors convolve fastest."""
    planes = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).float()[None] / 255
    return planes.contiguous(memory_format=torch.channels_last)


def perceptual(eye: Perceptual, before: Pixels, after: Pixels) -> float:
    """Shift-tolerant LPIPS of two pictures of one size."""
    with torch.no_grad():
        return float(eye.distance(tensor(before), tensor(after))[0])


def error(before: Pixels, after: Pixels) -> float:
    """The root mean square error in steps of 255."""
    return float(np.sqrt(np.square(after.astype(np.float64) - before).mean()))


def psnr(before: Pixels, after: Pixels) -> float:
    """Peak signal to noise, in dB; 99 for equal pictures."""
    rms = error(before, after)
    return 20 * float(np.log10(255 / rms)) if rms > 0 else 99.0


def structure(before: Pixels, after: Pixels) -> float:
    """SSIM of luma under a Gaussian of 1.5 pixels (Wang et al. 2004)."""
    one, other = (luma(pixels.astype(np.float64)) for pixels in (before, after))
    means = _smooth(one), _smooth(other)
    variances = _smooth(one * one) - means[0] ** 2, _smooth(other * other) - means[1] ** 2
    covariance = _smooth(one * other) - means[0] * means[1]
    light = (2 * means[0] * means[1] + 6.5025) / (means[0] ** 2 + means[1] ** 2 + 6.5025)
    contrast = (2 * covariance + 58.5225) / (variances[0] + variances[1] + 58.5225)
    return float((light * contrast)[5:-5, 5:-5].mean())


def _smooth(plane: NDArray[np.float64], sigma: float = 1.5, radius: int = 5) -> NDArray[np.float64]:
    line = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    line /= line.sum()
    for axis in (0, 1):
        plane = np.apply_along_axis(np.convolve, axis, plane, line, "same")
    return plane


def visibility(eye: Perceptual, before: Pixels, after: Pixels) -> Visibility:
    """All of them."""
    change = after.astype(np.float64) - before
    return Visibility(
        perceptual(eye, before, after), structure(before, after), seen(before, change), psnr(before, after)
    )


def fitted(path: str, side: int) -> Pixels:
    """The middle of a picture file, `side` pixels square after scaling."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    scale = side / min(picture.size)
    size = (max(side, round(picture.width * scale)), max(side, round(picture.height * scale)))
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return np.asarray(picture.crop((left, top, left + side, top + side)))
