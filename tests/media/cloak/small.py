"""Encoders of every known architecture with few channels and weights made here, and pictures to train on."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from tests.media.pictures import meadow

Weights = dict[str, torch.Tensor]


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = torch.Generator().manual_seed(seed)
        self.made: Weights = {}

    def conv(self, name: str, outside: int, inside: int, side: int = 3, *, bias: bool = True) -> None:
        shape = (outside, inside, side, side)
        spread = (inside * side * side) ** -0.5
        self.made[f"{name}.weight"] = torch.randn(shape, generator=self.random) * spread * 1.4
        if bias:
            self.made[f"{name}.bias"] = torch.randn(outside, generator=self.random) * 0.1

    def norm(self, name: str, width: int, *, running: bool = False) -> None:
        self.made[f"{name}.weight"], self.made[f"{name}.bias"] = torch.ones(width), torch.zeros(width)
        if running:
            self.made[f"{name}.running_mean"] = torch.zeros(width)
            self.made[f"{name}.running_var"] = torch.ones(width)


def tiny(*, narrow: bool) -> Weights:
    maker = _Maker(1)
    maker.conv("0", 4 if narrow else 8, 3)
    maker.conv("2", 8, 4 if narrow else 8, bias=narrow)
    for number in (4, 6, *(() if narrow else (1,))):
        for layer in (0, 2, 4):
            maker.conv(f"{number}.conv.{layer}", 8, 8)
    if not narrow:
        maker.conv("6.pool.0", 32, 8, 1, bias=False)
        maker.norm("6.pool.1", 32)
        maker.conv("6.pool.3", 8, 32, 1, bias=False)
    maker.conv("5", 8, 8, bias=False)
    maker.conv("7", 4, 8)
    return maker.made


def autoencoder() -> Weights:
    maker = _Maker(2)
    maker.conv("encoder.conv_in", 8, 3)
    for level, (inside, outside) in enumerate(((8, 8), (8, 16), (16, 16))):
        name = f"encoder.down_blocks.{level}"
        _resnet(maker, f"{name}.resnets.0", inside, outside)
        if level < 2:
            maker.conv(f"{name}.downsamplers.0.conv", outside, outside)
    for number in (0, 1):
        _resnet(maker, f"encoder.mid_block.resnets.{number}", 16, 16)
    attention = "encoder.mid_block.attentions.0"
    maker.norm(f"{attention}.group_norm", 16)
    for part in ("to_q", "to_k", "to_v", "to_out.0"):
        maker.conv(f"{attention}.{part}", 16, 16, 1)
        maker.made[f"{attention}.{part}.weight"] = maker.made[f"{attention}.{part}.weight"][:, :, 0, 0]
    maker.norm("encoder.conv_norm_out", 16)
    maker.conv("encoder.conv_out", 8, 16)
    maker.conv("quant_conv", 8, 8, 1)
    return maker.made


def _resnet(maker: _Maker, name: str, inside: int, outside: int) -> None:
    maker.norm(f"{name}.norm1", inside)
    maker.conv(f"{name}.conv1", outside, inside)
    maker.norm(f"{name}.norm2", outside)
    maker.conv(f"{name}.conv2", outside, outside)
    if inside != outside:
        maker.conv(f"{name}.conv_shortcut", outside, inside, 1)


COMPVIS = (
    ("down_blocks.", "down."),
    (".resnets.", ".block."),
    (".downsamplers.0.", ".downsample."),
    ("mid_block.block.0", "mid.block_1"),
    ("mid_block.block.1", "mid.block_2"),
    ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"),
    ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"),
    ("mid_block.attentions.0.to_", "mid.attn_1."),
    ("conv_shortcut", "nin_shortcut"),
    ("conv_norm_out", "norm_out"),
)


def compvis(weights: Weights) -> Weights:
    """The same tensors as CompVis wrote them: attention by convolutions, everything under a prefix."""
    spelt: Weights = {"model.diffusion_model.out.2.weight": torch.zeros(1)}
    for name, tensor in weights.items():
        for ours, theirs in COMPVIS:
            name = name.replace(ours, theirs)
        is_linear = "attn_1" in name and tensor.dim() == 2
        spelt[f"first_stage_model.{name}"] = tensor[:, :, None, None] if is_linear else tensor
    return spelt


def alex() -> Weights:
    maker = _Maker(3)
    _scaling(maker)
    widths = (4, 6, 8, 6, 6)
    for depth, (name, side) in enumerate((("1.0", 11), ("2.5", 5), ("3.9", 3), ("4.11", 3), ("5.13", 3))):
        maker.conv(f"net.slice{name}", widths[depth], widths[depth - 1] if depth else 3, side)
    for name, width in (("1.1", 4), ("2.4", 4), ("3.8", 6)):
        maker.made[f"net.slice{name}.filt"] = _blur(width)
    return _linear(maker, widths)


def vgg() -> Weights:
    maker = _Maker(4)
    _scaling(maker)
    widths, inside = (4, 4, 6, 6, 8), 3
    for depth, numbers in enumerate(((0, 2), (6, 8), (12, 14, 16), (20, 22, 24), (28, 30, 32))):
        if depth:
            maker.made[f"net.slice{depth + 1}.{numbers[0] - 1}.filt"] = _blur(inside)
        for number in numbers:
            maker.conv(f"net.slice{depth + 1}.{number}", widths[depth], inside)
            inside = widths[depth]
    return _linear(maker, widths)


def _scaling(maker: _Maker) -> None:
    maker.made["scaling_layer.shift"] = torch.zeros(1, 3, 1, 1)
    maker.made["scaling_layer.scale"] = torch.ones(1, 3, 1, 1)


def _linear(maker: _Maker, widths: tuple[int, ...]) -> Weights:
    for depth, width in enumerate(widths):
        maker.made[f"lin{depth}.model.1.weight"] = torch.full((1, width, 1, 1), 0.2)
    return maker.made


def _blur(width: int) -> torch.Tensor:
    line = torch.tensor([1.0, 2.0, 1.0])
    square = line[:, None] * line[None, :]
    return (square / square.sum()).repeat(width, 1, 1, 1)


def lite() -> Weights:
    maker = _Maker(5)
    maker.conv("_conv_stem", 4, 3, bias=False)
    maker.norm("_bn0", 4, running=True)
    inside = 4
    for number in range(16):
        name, outside = f"_blocks.{number}", 4 if number < 8 else 6
        wide = inside if number == 0 else inside * 2
        if number:
            maker.conv(f"{name}._expand_conv", wide, inside, 1, bias=False)
            maker.norm(f"{name}._bn0", wide, running=True)
        maker.conv(f"{name}._depthwise_conv", wide, 1, 3, bias=False)
        maker.norm(f"{name}._bn1", wide, running=True)
        maker.conv(f"{name}._project_conv", outside, wide, 1, bias=False)
        maker.norm(f"{name}._bn2", outside, running=True)
        inside = outside
    return maker.made


def saved(weights: Weights, path: Path) -> Path:
    torch.save(weights, path)
    return path


def pictures(folder: Path) -> Path:
    """A folder with two pictures of some texture, one that is too small and one that is none."""
    folder.mkdir()
    meadow(300, 260).save(folder / "meadow.png")
    noise = np.random.default_rng(1).integers(0, 255, (60, 70, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((280, 240), Image.Resampling.BICUBIC).save(folder / "cloth.jpg")
    meadow(20, 20).save(folder / "small.png")
    (folder / "broken.png").write_bytes(b"not a picture")
    return folder
