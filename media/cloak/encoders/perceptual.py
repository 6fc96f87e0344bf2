"""The trunks of shift-tolerant LPIPS (Ghildyal and Liu 2022): VGG16 and AlexNet that blur before they halve."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional


class _Blurred(nn.Module):
    """Halving after a fixed blur (Zhang 2019); `more` pads by one pixel more on each side."""

    def __init__(self, filt: Tensor, *, more: bool = False) -> None:
        super().__init__()
        self.register_buffer("filt", filt)
        self.sides = (2, 2, 2, 2) if more else (1, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        filt = self.filt.to(x.dtype)
        return functional.conv2d(functional.pad(x, self.sides, "reflect"), filt, stride=2, groups=x.shape[1])


def _convolution(weights: Mapping[str, Tensor], name: str, padding: int = 1) -> nn.Conv2d:
    weight = weights[f"net.{name}.weight"]
    outside, inside, side = weight.shape[:3]
    made = nn.Conv2d(inside, outside, side, padding=padding)
    made.load_state_dict({"weight": weight, "bias": weights[f"net.{name}.bias"]})
    return made


class Perceptual(nn.Module):
    """A trunk in five slices; each slice's output is a depth of features."""

    def __init__(self, weights: Mapping[str, Tensor], slices: list[nn.Sequential]) -> None:
        super().__init__()
        self.slices = nn.ModuleList(slices)
        self.register_buffer("shift", weights["scaling_layer.shift"])
        self.register_buffer("scale", weights["scaling_layer.scale"])
        for depth in range(len(slices)):
            self.register_buffer(f"lin{depth}", weights[f"lin{depth}.model.1.weight"])

    def forward(self, x: Tensor) -> list[Tensor]:
        x = (x * 2 - 1 - self.shift) / self.scale
        features = []
        for each in self.slices:
            x = each(x)
            features.append(x)
        return features

    def distance(self, one: Tensor, other: Tensor) -> Tensor:
        """Shift-tolerant LPIPS of pairs, (n,)."""
        total = torch.zeros(one.shape[0])
        for depth, pair in enumerate(zip(self(one), self(other), strict=True)):
            first, second = (_units(features.float()) for features in pair)
            weight = getattr(self, f"lin{depth}")
            total = total + ((first - second).square() * weight).sum(1).mean((1, 2))
        return total


def _units(features: Tensor) -> Tensor:
    return features / (features.square().sum(1, keepdim=True) + 1e-10).sqrt()


class Vgg(Perceptual):
    """VGG16 (Simonyan and Zisserman 2015) up to its fifth block."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        numbers = ((0, 2), (6, 8), (12, 14, 16), (20, 22, 24), (28, 30, 32))
        slices = []
        for depth, convolutions in enumerate(numbers, start=1):
            layers: list[nn.Module] = []
            if depth > 1:
                filt = weights[f"net.slice{depth}.{convolutions[0] - 1}.filt"]
                layers += [nn.MaxPool2d(2, stride=1), _Blurred(filt)]
            for number in convolutions:
                layers += [_convolution(weights, f"slice{depth}.{number}"), nn.ReLU()]
            slices.append(nn.Sequential(*layers))
        super().__init__(weights, slices)


class Alex(Perceptual):
    """AlexNet (Krizhevsky 2012), its first convolution at every pixel."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        def halved(name: str) -> _Blurred:
            return _Blurred(weights[f"net.{name}.filt"], more=True)

        first = nn.Sequential(_convolution(weights, "slice1.0", 2), halved("slice1.1"), nn.ReLU())
        second = nn.Sequential(
            nn.MaxPool2d(3, stride=1), halved("slice2.4"), _convolution(weights, "slice2.5", 2), nn.ReLU()
        )
        third = nn.Sequential(
            nn.MaxPool2d(3, stride=1), halved("slice3.8"), _convolution(weights, "slice3.9"), nn.ReLU()
        )
        fourth = nn.Sequential(_convolution(weights, "slice4.11"), nn.ReLU())
        fifth = nn.Sequential(_convolution(weights, "slice5.13"), nn.ReLU())
        super().__init__(weights, [first, second, third, fourth, fifth])
