"""What is asked of the generator: encoders moved far, the eye moved little, no two changes alike.

Everything is a logarithm of a ratio, so that the loss does not care how large the change is: displacement and the
root mean square grow with it, perceptual distance with its square.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

FELT = {"error": 0.55, "perceptual": 0.15, "contrast": 0.15}
VARIETY, SPECTRA, PEAKS, LOUD = 4.0, 1.0, 4.0, 2.0
ALIKE, SPECTRA_ALIKE, PEAK = 0.1, 0.4, 0.04
LOUDNESS = 0.33  # the root mean square of the change over that of the mask: louder saturates, softer is lost in rounding
_LITTLE = 1e-6


@dataclass(frozen=True)
class Seen:
    """Pictures and their changed twins, (n, 3, height, width), 0 to 1, the smoothness of their areas, the eye's weights."""

    before: Tensor
    after: Tensor
    smooth: Tensor
    sensitivity: Tensor


def displacement(encoder: nn.Module, before: Tensor, after: Tensor) -> Tensor:
    """How far features move, relative to their length: the logarithm, the mean over depths, the deepest twice; (n,).

    Both pictures of a pair with two seeds are the same before the change, so each second one is asked for.
    """
    with torch.no_grad():
        origin = encoder(before[::2])
    logs = []
    for half, other in zip(origin, encoder(after), strict=True):
        one = half.repeat_interleave(2, 0)
        moved = (other - one).flatten(1).norm(dim=1)
        logs.append(torch.log(moved / one.flatten(1).norm(dim=1) + _LITTLE))
    return torch.stack([*logs, logs[-1]]).mean(0)


def perceptual(eye: nn.Module, before: Tensor, after: Tensor) -> Tensor:
    """The logarithm of the perceptual distance, the mean over the pictures."""
    distance: Tensor = eye.distance(before, after)
    return torch.log(distance + _LITTLE).mean()


def visible(seen: Seen) -> dict[str, Tensor]:
    """The logarithms of the error and of what the eye sees of it, each the mean over the pictures."""
    change = seen.after - seen.before
    error = change.square().mean((1, 2, 3)).sqrt()
    plane = (change * torch.tensor([0.299, 0.587, 0.114]).reshape(1, 3, 1, 1)).sum(1)
    felt = torch.fft.irfft2(torch.fft.rfft2(plane) * seen.sensitivity, s=plane.shape[-2:])
    smooth = seen.smooth + 0.02
    contrast = ((felt.square() * smooth).sum((1, 2)) / smooth.sum((1, 2))).sqrt()
    return {"error": torch.log(error + _LITTLE).mean(), "contrast": torch.log(contrast + _LITTLE).mean()}


def alike(changes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How alike the changes (n, height, width) are in pairs: themselves, their spectra; and the share of the highest peak."""
    flat = functional.normalize((changes - changes.mean((1, 2), keepdim=True)).flatten(1), dim=1)
    window = torch.hann_window(changes.shape[-1], periodic=False)
    spectra = torch.fft.fft2(changes * window[:, None] * window).abs()
    spectra = spectra.clone()
    spectra[:, 0, 0] = 0
    lines = functional.normalize((spectra - spectra.mean((1, 2), keepdim=True)).flatten(1), dim=1)
    above = torch.triu_indices(len(changes), len(changes), 1)
    pairs = [(rows @ rows.T)[above[0], above[1]] for rows in (flat, lines)]
    energy = spectra.square()
    wrapped = functional.pad(energy[:, None], (1, 1, 1, 1), mode="circular")
    peaks = functional.avg_pool2d(wrapped, 3, stride=1).flatten(1).max(1).values * 9
    return pairs[0].abs(), pairs[1], peaks / energy.sum((1, 2))


def sameness(changes: Tensor) -> tuple[Tensor, dict[str, float]]:
    """The penalty for changes that are alike or gather in one peak (C-027), and the three figures behind it."""
    same, spectra, peaks = alike(changes)
    penalty = (
        VARIETY * torch.relu(same - ALIKE).square().mean() * 10
        + SPECTRA * torch.relu(spectra - SPECTRA_ALIKE).square().mean() * 10
        + PEAKS * torch.relu(peaks - PEAK).mean()
    )
    figures = {"alike": same.mean().item(), "spectra": spectra.mean().item(), "peak": peaks.mean().item()}
    return penalty, figures


def loudness(changes: Tensor, masks: Tensor) -> Tensor:
    """The penalty for changes (n, height, width) that are too loud or too soft for their masks.

    Without it they shrink until JPEG's own error is most of what moves.
    """
    energy = changes.square().mean((1, 2)) / masks.square().mean((1, 2))
    return LOUD * (torch.log(energy + _LITTLE) / 2 - torch.log(torch.tensor(LOUDNESS))).square().mean()
