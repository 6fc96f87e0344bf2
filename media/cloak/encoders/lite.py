"""EfficientNet-Lite0 (Tan and Le 2019, without squeeze and excitation): a classifier, read by its features."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

# Kernel and stride of each inverted bottleneck; the widths stand in the weights.
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
READ_AFTER = (2, 4, 10, 15)


class _Convolution(nn.Module):
    """A convolution and its batch norm, at rest, made one."""

    def __init__(self, weights: Mapping[str, Tensor], names: tuple[str, str], stride: int = 1) -> None:
        super().__init__()
        convolution, norm = names
        scale = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + 1e-3)
        self.weight = nn.Parameter(weights[f"{convolution}.weight"] * scale[:, None, None, None])
        self.bias = nn.Parameter(weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale)
        self.stride = stride
        self.groups = self.weight.shape[0] if self.weight.shape[1] == 1 else 1

    def forward(self, x: Tensor) -> Tensor:
        side = self.weight.shape[-1]
        if self.stride == 2:  # as TensorFlow pads: the odd pixel right and below
            extra = [max((-(-length // 2) - 1) * 2 + side - length, 0) for length in x.shape[-2:]]
            x = functional.pad(
                x, (extra[1] // 2, extra[1] - extra[1] // 2, extra[0] // 2, extra[0] - extra[0] // 2)
            )
            return functional.conv2d(x, self.weight, self.bias, stride=2, groups=self.groups)
        return functional.conv2d(x, self.weight, self.bias, padding=side // 2, groups=self.groups)


class _Bottleneck(nn.Module):
    def __init__(self, weights: Mapping[str, Tensor], name: str, stride: int) -> None:
        super().__init__()
        self.expand = None
        if f"{name}._expand_conv.weight" in weights:
            self.expand = _Convolution(weights, (f"{name}._expand_conv", f"{name}._bn0"))
        self.depthwise = _Convolution(weights, (f"{name}._depthwise_conv", f"{name}._bn1"), stride)
        self.project = _Convolution(weights, (f"{name}._project_conv", f"{name}._bn2"))

    def forward(self, x: Tensor) -> Tensor:
        inner = x if self.expand is None else functional.relu6(self.expand(x))
        made: Tensor = self.project(functional.relu6(self.depthwise(inner)))
        return made + x if made.shape == x.shape else made


class Lite(nn.Module):
    """Features after the stages of factor 4, 8, 16 and 32."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.stem = _Convolution(weights, ("_conv_stem", "_bn0"), stride=2)
        self.blocks = nn.ModuleList(
            _Bottleneck(weights, f"_blocks.{number}", stride) for number, stride in enumerate(STRIDES)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        x = functional.relu6(self.stem((x * 255 - 127) / 128))
        features = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in READ_AFTER:
                features.append(x)
        return features
