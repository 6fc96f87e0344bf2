"""Image encoders whose reading of a picture a cloak shifts: loaded from weight files that are not part of fedicara.

An encoder takes (n, 3, height, width) float32 RGB, 0 to 1, and gives its features at several depths, the deepest
last. Which architecture a file holds follows from the names of its tensors.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from media.cloak.encoders import autoencoder
from media.cloak.encoders.autoencoder import Autoencoder
from media.cloak.encoders.lite import Lite
from media.cloak.encoders.perceptual import Alex, Vgg
from media.cloak.encoders.tiny import Tiny

Weights = Mapping[str, Tensor]


class UnknownEncoder(ValueError):
    """A weight file of an architecture that is not known here."""


def load(path: Path) -> nn.Module:
    """The encoder of a weight file (.safetensors, or what torch writes), frozen; raises UnknownEncoder."""
    weights = _weights(path)
    kind = _kind(weights)
    if kind is None:
        raise UnknownEncoder(f"{path.name} holds no encoder that is known: {', '.join(list(weights)[:3])}…")
    return kind(weights).eval().requires_grad_(requires_grad=False)


def _kind(weights: Weights) -> Callable[[Weights], nn.Module] | None:
    if autoencoder.fits(weights):
        return Autoencoder
    for tensor, kind in _TELLING.items():
        if tensor in weights:
            return kind
    return None


# By a tensor that only this architecture has; the first that fits is taken.
_TELLING: Mapping[str, Callable[[Weights], nn.Module]] = {
    "net.slice4.24.weight": Vgg,
    "net.slice1.0.weight": Alex,
    "_conv_stem.weight": Lite,
    "4.conv.0.weight": Tiny,
}


def _weights(path: Path) -> Weights:
    if path.suffix == ".safetensors":
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    read: Any = torch.load(path, map_location="cpu", weights_only=True)
    inner = read.get("state_dict", read)
    return {name: tensor.float() for name, tensor in inner.items() if tensor.is_floating_point()}
