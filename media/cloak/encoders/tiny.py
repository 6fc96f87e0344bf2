"""Tiny convolutional encoders distilled from the autoencoders of image models (TAESD, Ollin Boer Bohan, 2023)."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class _Block(nn.Module):
    """Three convolutions beside the way through; with a pool of group norm in some of the middle blocks."""

    def __init__(self, weights: Mapping[str, Tensor], name: str) -> None:
        super().__init__()
        inside, outside = weights[f"{name}.conv.0.weight"].shape[1], weights[f"{name}.conv.4.weight"].shape[0]
        layers = [nn.Conv2d(inside, outside, 3, padding=1), nn.ReLU()]
        layers += [
            nn.Conv2d(outside, outside, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, padding=1),
        ]
        self.conv = nn.Sequential(*layers)
        self.pool = None
        if f"{name}.pool.0.weight" in weights:
            wide = weights[f"{name}.pool.0.weight"].shape[0]
            self.pool = nn.Sequential(
                nn.Conv2d(inside, wide, 1, bias=False),
                nn.GroupNorm(4, wide),
                nn.ReLU(),
                nn.Conv2d(wide, outside, 1, bias=False),
            )

    def forward(self, x: Tensor) -> Tensor:
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu(self.conv(x) + x)


class Tiny(nn.Module):
    """An encoder whose blocks and strided convolutions stand in the order of their numbers.

    The first layer is strided only where it is narrower than what follows (Sana, factor 32), else it keeps the size
    (Flux 2, factor 8). Features are taken before each further halving, the latents last.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        numbers = sorted({int(name.split(".")[0]) for name in weights})
        first = weights["0.weight"].shape[0]
        narrow = first < weights["2.weight"].shape[0]
        self.layers = nn.ModuleDict()
        for number in numbers:
            self.layers[str(number)] = _layer(weights, number, last=number == numbers[-1], narrow=narrow)
        self.activated = narrow  # the narrow beginning has activations between its convolutions
        self.load_state_dict({f"layers.{name}": tensor for name, tensor in weights.items()})

    def forward(self, x: Tensor) -> list[Tensor]:
        features: list[Tensor] = []
        for number, layer in self.layers.items():
            if isinstance(layer, nn.Conv2d) and layer.stride == (2, 2) and int(number) > 2:
                features.append(x)
            x = layer(x)
            if self.activated and number in ("0", "2"):
                x = torch.relu(x)
        return [*features, x]


def _layer(weights: Mapping[str, Tensor], number: int, *, last: bool, narrow: bool) -> nn.Module:
    if f"{number}.conv.0.weight" in weights:
        return _Block(weights, str(number))
    outside, inside = weights[f"{number}.weight"].shape[:2]
    stride = 1 if last or (number == 0 and not narrow) else 2
    has_bias = f"{number}.bias" in weights
    return nn.Conv2d(inside, outside, 3, stride=stride, padding=1, bias=has_bias)
