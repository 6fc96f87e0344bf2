"""The generator: a small convolutional network that draws a change at a quarter of the picture's resolution."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from media.cloak.prepared import NOISE

INPUTS = 5 + NOISE  # red, green, blue, activity, mask, and noise
OUTPUTS = 3  # luma, blue difference, red difference
CHROMA = 0.25  # colour moves by so much of what luma may move
WIDTHS = (40, 88, 88)
PRIOR = (
    0.4  # of the noise that the change starts from: enough to begin varied, little enough to be outweighed
)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.second(functional.leaky_relu(self.first(functional.leaky_relu(x, 0.1)), 0.1))
        return x + made


class Generator(nn.Module):
    """(n, 9, height, width) at a quarter of the resolution to (n, 3, …): red, green and blue, -1 to 1.

    Sides are multiples of four. It begins as low-frequency noise, mostly of luma, and learns what to add to it.
    There is no normalisation over the picture, so that tiles of it can be drawn apart.
    """

    def __init__(self) -> None:
        super().__init__()
        wide, half, quarter = WIDTHS
        self.enter = nn.Conv2d(INPUTS, wide, 3, padding=1)
        self.first = _Residual(wide)
        self.halve = nn.Conv2d(wide, half, 3, stride=2, padding=1)
        self.second = _Residual(half)
        self.halve_again = nn.Conv2d(half, quarter, 3, stride=2, padding=1)
        self.deepest = _Residual(quarter)
        self.rise = nn.Conv2d(quarter, half, 1)
        self.third = _Residual(half)
        self.rise_again = nn.Conv2d(half, wide, 1)
        self.fourth = _Residual(wide)
        self.leave = nn.Conv2d(wide, OUTPUTS, 3, padding=1)
        nn.init.normal_(self.leave.weight, std=0.02)
        nn.init.zeros_(self.leave.bias)
        rgb = [[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]]
        self.register_buffer("rgb", torch.tensor(rgb).reshape(3, 3, 1, 1))
        self.register_buffer("scale", torch.tensor([1, CHROMA, CHROMA]).reshape(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.drawn(x, self.field(x))

    def field(self, x: Tensor) -> Tensor:
        """What the change looks like before the mask: luma and the two differences, -1 to 1."""
        fine = self.first(self.enter(x))
        middle = self.second(self.halve(fine))
        broad = self.deepest(self.halve_again(middle))
        middle = self.third(
            middle + functional.interpolate(self.rise(broad), scale_factor=2.0, mode="nearest")
        )
        fine = self.fourth(
            fine + functional.interpolate(self.rise_again(middle), scale_factor=2.0, mode="nearest")
        )
        return torch.tanh(PRIOR * x[:, 5 : 5 + OUTPUTS] + self.leave(fine))

    def drawn(self, x: Tensor, field: Tensor) -> Tensor:
        """The field under the mask, in red, green and blue."""
        return torch.clamp(functional.conv2d(field * self.scale * x[:, 4:5], self.rgb), -1, 1)


def export(generator: Generator, path: Path) -> None:
    """Write the network as ONNX, for any height and width that are multiples of four."""
    example = torch.zeros(1, INPUTS, 64, 64)
    axes = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        generator.eval(),
        (example,),
        str(path),
        input_names=["picture"],
        output_names=["change"],
        dynamic_axes={"picture": axes, "change": axes},
        opset_version=17,
        dynamo=False,
    )
