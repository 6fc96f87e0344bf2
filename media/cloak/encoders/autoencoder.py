"""The encoder of the autoencoder that latent diffusion models share (Rombach et al. 2022), in both its spellings.

Checkpoints write it as CompVis did (`encoder.down.0.block.0.norm1`, perhaps under `first_stage_model.`) or as
diffusers does (`encoder.down_blocks.0.resnets.0.norm1`); the first is read as the second.
"""

import re
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional

Weights = Mapping[str, Tensor]

GROUPS = 32
_SPELLINGS = (
    (r"^first_stage_model\.|^vae\.", ""),
    (r"^encoder\.down\.(\d+)\.block\.(\d+)\.", r"encoder.down_blocks.\1.resnets.\2."),
    (r"^encoder\.down\.(\d+)\.downsample\.", r"encoder.down_blocks.\1.downsamplers.0."),
    (r"^encoder\.mid\.block_1\.", "encoder.mid_block.resnets.0."),
    (r"^encoder\.mid\.block_2\.", "encoder.mid_block.resnets.1."),
    (r"^encoder\.mid\.attn_1\.norm\.", "encoder.mid_block.attentions.0.group_norm."),
    (r"^encoder\.mid\.attn_1\.([qkv])\.", r"encoder.mid_block.attentions.0.to_\1."),
    (r"^encoder\.mid\.attn_1\.proj_out\.", "encoder.mid_block.attentions.0.to_out.0."),
    (r"\.attentions\.0\.query\.", ".attentions.0.to_q."),
    (r"\.attentions\.0\.key\.", ".attentions.0.to_k."),
    (r"\.attentions\.0\.value\.", ".attentions.0.to_v."),
    (r"\.attentions\.0\.proj_attn\.", ".attentions.0.to_out.0."),
    (r"\.nin_shortcut\.", ".conv_shortcut."),
    (r"^encoder\.norm_out\.", "encoder.conv_norm_out."),
)


def respelt(weights: Weights) -> dict[str, Tensor]:
    """The tensors of the encoder under the names that diffusers uses, without the rest."""
    found = {}
    for name, tensor in weights.items():
        for pattern, instead in _SPELLINGS:
            name = re.sub(pattern, instead, name)
        if name.startswith(("encoder.", "quant_conv.")):
            found[name] = tensor
    return found


class _Norm(nn.Module):
    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        self.weight, self.bias = (
            nn.Parameter(weights[f"{name}.weight"]),
            nn.Parameter(weights[f"{name}.bias"]),
        )
        self.groups = min(GROUPS, len(self.weight))

    def forward(self, x: Tensor) -> Tensor:
        return functional.group_norm(x, self.groups, self.weight, self.bias, eps=1e-6)


class _Convolution(nn.Module):
    """A convolution of any side; linear layers are those of side one."""

    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        weight = weights[f"{name}.weight"]
        self.weight = nn.Parameter(weight if weight.dim() == 4 else weight[:, :, None, None])
        self.bias = nn.Parameter(weights[f"{name}.bias"])

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight, self.bias, padding=self.weight.shape[-1] // 2)


class _Resnet(nn.Module):
    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        self.norm1, self.conv1 = _Norm(weights, f"{name}.norm1"), _Convolution(weights, f"{name}.conv1")
        self.norm2, self.conv2 = _Norm(weights, f"{name}.norm2"), _Convolution(weights, f"{name}.conv2")
        beside = f"{name}.conv_shortcut"
        self.beside = _Convolution(weights, beside) if f"{beside}.weight" in weights else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        made = self.conv1(functional.silu(self.norm1(x)))
        made = self.conv2(functional.silu(self.norm2(made)))
        result: Tensor = self.beside(x) + made
        return result


class _Attention(nn.Module):
    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        self.norm = _Norm(weights, f"{name}.group_norm")
        self.query, self.key, self.value = (_Convolution(weights, f"{name}.to_{part}") for part in "qkv")
        self.leave = _Convolution(weights, f"{name}.to_out.0")

    def forward(self, x: Tensor) -> Tensor:
        even = self.norm(x)
        query, key, value = (
            part(even).flatten(2).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        seen = functional.scaled_dot_product_attention(query, key, value)
        result: Tensor = x + self.leave(seen.transpose(1, 2).reshape(x.shape))
        return result


class _Halving(nn.Module):
    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        self.conv = _Convolution(weights, name)

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(functional.pad(x, (0, 1, 0, 1)), self.conv.weight, self.conv.bias, stride=2)


class Autoencoder(nn.Module):
    """Features before each halving, and the means of the latents last; widths and depths are those of the weights."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        names = respelt(weights)
        self.enter = _Convolution(names, "encoder.conv_in")
        self.levels = nn.ModuleList(
            _level(names, level) for level in range(_count(names, "encoder.down_blocks"))
        )
        self.middle = nn.Sequential(
            _Resnet(names, "encoder.mid_block.resnets.0"),
            _Attention(names, "encoder.mid_block.attentions.0"),
            _Resnet(names, "encoder.mid_block.resnets.1"),
        )
        self.norm, self.leave = _Norm(names, "encoder.conv_norm_out"), _Convolution(names, "encoder.conv_out")
        self.quant = _Convolution(names, "quant_conv") if "quant_conv.weight" in names else nn.Identity()

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.enter(x * 2 - 1)
        features = []
        for level in self.levels:
            x = level(x)
            features.append(x)
        moments: Tensor = self.quant(self.leave(functional.silu(self.norm(self.middle(x)))))
        return [*features[1:-1], moments.chunk(2, 1)[0]]


def _level(names: Weights, level: int) -> nn.Sequential:
    name = f"encoder.down_blocks.{level}"
    layers: list[nn.Module] = [
        _Resnet(names, f"{name}.resnets.{number}") for number in range(_count(names, f"{name}.resnets"))
    ]
    if f"{name}.downsamplers.0.conv.weight" in names:
        layers.append(_Halving(names, f"{name}.downsamplers.0.conv"))
    return nn.Sequential(*layers)


def _count(names: Weights, prefix: str) -> int:
    numbers = {int(name[len(prefix) + 1 :].split(".")[0]) for name in names if name.startswith(prefix + ".")}
    return len(numbers)


def fits(weights: Weights) -> bool:
    """Whether a checkpoint holds such an encoder."""
    return "encoder.mid_block.resnets.0.norm1.weight" in respelt(weights)
