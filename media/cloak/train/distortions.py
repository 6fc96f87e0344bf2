"""What happens to a picture on its way, in training: JPEG, resizing, blur, shift and crop, by chance."""

from io import BytesIO

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

NAMES = ("nothing", "jpeg", "smaller", "blur", "crop", "jpeg and smaller")
CHANCES = (0.2, 0.25, 0.2, 0.1, 0.1, 0.15)


def distort(pair: Tensor, random: np.random.Generator) -> Tensor:
    """The same distortion for all of (n, 3, height, width), RGB 0 to 1; gradients pass through JPEG unchanged."""
    kind = NAMES[int(random.choice(len(NAMES), p=CHANCES))]
    pair = _shift(pair, random)
    if kind == "crop":
        pair = _crop(pair, random)
    if "smaller" in kind:
        pair = _smaller(pair, random)
    if kind == "blur":
        pair = _blur(pair, float(random.uniform(0.5, 1.5)))
    if "jpeg" in kind:
        pair = jpeg(pair, int(random.integers(60, 96)))
    return pair


def _shift(pair: Tensor, random: np.random.Generator) -> Tensor:
    down, right = (int(step) for step in random.integers(0, 8, 2))
    return pair[..., down:, right:]


def _crop(pair: Tensor, random: np.random.Generator) -> Tensor:
    cut = [int(length * random.uniform(0, 0.1)) for length in pair.shape[-2:]]
    return pair[..., cut[0] :, cut[1] :]


def _smaller(pair: Tensor, random: np.random.Generator) -> Tensor:
    size = [int(length * random.uniform(0.5, 0.8)) for length in pair.shape[-2:]]
    return functional.interpolate(pair, size=size, mode="bilinear", antialias=True, align_corners=False)


def _blur(pair: Tensor, sigma: float) -> Tensor:
    radius = 4
    line = torch.exp(-torch.arange(-radius, radius + 1).float().square() / (2 * sigma**2))
    line = (line / line.sum()).repeat(3, 1)
    pair = functional.pad(pair, (radius,) * 4, mode="reflect")
    pair = functional.conv2d(pair, line.reshape(3, 1, 1, -1), groups=3)
    return functional.conv2d(pair, line.reshape(3, 1, -1, 1), groups=3)


def jpeg(pair: Tensor, quality: int) -> Tensor:
    """Each picture written and read as JPEG; the gradient is that of doing nothing."""
    with torch.no_grad():
        read = torch.stack([_written(picture, quality) for picture in pair])
    return pair + (read - pair).detach()


def _written(picture: Tensor, quality: int) -> Tensor:
    pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    with Image.open(file) as read:
        return torch.from_numpy(np.array(read)).permute(2, 0, 1).float() / 255
