"""The steps of training, from a seed or a checkpoint to an exported network."""

import json
import math
import time
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from media.cloak.engine import Strength
from media.cloak.measure.contrast import sensitivity
from media.cloak.quarter import STEP
from media.cloak.train.batches import Batch, batch
from media.cloak.train.distortions import distort
from media.cloak.train.losses import FELT, Seen, displacement, loudness, perceptual, sameness, visible
from media.cloak.train.network import Generator, export
from media.cloak.train.pictures import Pictures

PEAKS = tuple(strength.peak for strength in Strength)
AVERAGED = 0.99
WINDOW = 128
RATE, LAST_RATE = 2e-3, 5e-5
EVERY_SECONDS = 180.0


@dataclass(frozen=True)
class Plan:
    """`steps` of `size` pictures, each with two seeds; `per_step` encoders are asked in each; same seed, same result."""

    out: Path
    steps: int
    size: int
    per_step: int
    seed: int


class Training:
    """A run that can be stopped at any time: its folder holds a checkpoint, the curve and the exported network."""

    def __init__(
        self, pictures: Pictures, encoders: Mapping[str, nn.Module], eye: nn.Module, plan: Plan
    ) -> None:
        torch.manual_seed(plan.seed)
        self.pictures, self.encoders, self.eye, self.plan = pictures, dict(encoders), eye, plan
        self.generator = Generator()
        self.averaged = deepcopy(self.generator)
        self.optimizer = torch.optim.AdamW(
            self.generator.parameters(), RATE, betas=(0.9, 0.98), weight_decay=1e-4
        )
        self.step = 0
        weights = sensitivity(pictures.side, pictures.side)
        self.sensitivity = torch.from_numpy(weights).float()

    def run(self) -> Iterator[tuple[int, Mapping[str, float]]]:
        """Train to the end; yields the step and its figures. What is done is kept whenever it is left."""
        self._resume()
        try:
            yield from self._steps()
        finally:
            self._save()

    def _steps(self) -> Iterator[tuple[int, Mapping[str, float]]]:
        saved = time.monotonic()
        with (self.plan.out / "curve.jsonl").open("a") as curve:
            while self.step < self.plan.steps:
                figures = self._train(np.random.default_rng([self.plan.seed, self.step]))
                self.step += 1
                curve.write(
                    json.dumps({"step": self.step, **{k: round(v, 4) for k, v in figures.items()}}) + "\n"
                )
                curve.flush()
                yield self.step, figures
                if time.monotonic() - saved > EVERY_SECONDS:
                    self._save()
                    saved = time.monotonic()

    def _train(self, random: np.random.Generator) -> dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.step, self.plan.steps)
        given = batch(self.pictures, self.plan.size, random)
        loss, figures = self._loss(given, random)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.generator.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for kept, fresh in zip(self.averaged.parameters(), self.generator.parameters(), strict=True):
                kept.lerp_(fresh, 1 - AVERAGED)
        return {"loss": loss.item(), **figures}

    def _loss(self, given: Batch, random: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        field = self.generator.field(given.inputs)
        drawn = self.generator.drawn(given.inputs, field)
        peak = PEAKS[int(random.integers(len(PEAKS)))] / 255
        full = functional.interpolate(drawn, scale_factor=STEP, mode="bilinear", align_corners=False)
        after = (given.pictures + full * peak).clamp(0, 1)
        seen = self._seen(given, after, random)
        moved = self._moved(given.pictures, after, random)
        penalty, figures = sameness(drawn.mean(1))
        felt = torch.stack([FELT[name] * value for name, value in seen.items()]).sum()
        loss = (
            -torch.stack(list(moved.values())).mean()
            + felt
            + penalty
            + loudness(drawn.mean(1), given.inputs[:, 4])
        )
        figures |= {name: value.item() for name, value in (*moved.items(), *seen.items())}
        return loss, figures

    def _seen(self, given: Batch, after: Tensor, random: np.random.Generator) -> dict[str, Tensor]:
        one, other = map(channels_last, window(torch.stack([given.pictures, after]), random))
        seen = Seen(given.pictures, after, given.smooth, self.sensitivity)
        return {"perceptual": perceptual(self.eye, one[::2], other[::2]), **visible(seen)}

    def _moved(self, before: Tensor, after: Tensor, random: np.random.Generator) -> dict[str, Tensor]:
        names = list(self.encoders)
        chosen = sorted(
            random.choice(len(names), min(self.plan.per_step, len(names)), replace=False).tolist()
        )
        moved = {}
        for number in chosen:
            pair = window(torch.stack([before, after]), random)
            one, other = (channels_last(each) for each in distort(pair.flatten(0, 1), random).chunk(2))
            moved[names[number]] = displacement(self.encoders[names[number]], one, other).mean()
        return moved

    def _save(self) -> None:
        state = {
            "step": self.step,
            "generator": self.generator.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        partial = self.plan.out / "checkpoint.part"
        torch.save(state, partial)
        partial.replace(self.plan.out / "checkpoint.pt")
        export(deepcopy(self.averaged), self.plan.out / "generator.onnx")

    def _resume(self) -> None:
        self.plan.out.mkdir(parents=True, exist_ok=True)
        kept = self.plan.out / "checkpoint.pt"
        if not kept.exists():
            return
        state: Any = torch.load(kept, weights_only=True)
        self.step = state["step"]
        self.generator.load_state_dict(state["generator"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])


def channels_last(x: Tensor) -> Tensor:
    """The same values in the order in which processors convolve them fastest."""
    return x.contiguous(memory_format=torch.channels_last)


def window(pair: Tensor, random: np.random.Generator) -> Tensor:
    """The same square of all pictures of (…, height, width): networks see this much, which is what time goes to."""
    top, left = (int(random.integers(max(length - WINDOW, 0) + 1)) for length in pair.shape[-2:])
    return pair[..., top : top + WINDOW, left : left + WINDOW]


def rate(step: int, steps: int) -> float:
    """The learning rate: a short rise, then half a cosine."""
    rise = min(1.0, (step + 1) / 30)
    return rise * (LAST_RATE + (RATE - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps)))
