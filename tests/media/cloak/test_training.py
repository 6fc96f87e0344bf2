"""Training is the same from one seed, goes on where it was stopped, and ends in a network that the engine reads."""

import json
import sys
from itertools import islice

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from media.cloak.engine import Strength  # noqa: E402
from media.cloak.generator import with_model  # noqa: E402
from media.cloak.train import __main__ as command  # noqa: E402
from media.cloak.train.loop import PEAKS, rate  # noqa: E402
from media.cloak.train.losses import alike  # noqa: E402
from tests.media.cloak import small  # noqa: E402
from tests.media.pictures import meadow  # noqa: E402


@pytest.fixture
def call(tmp_path, monkeypatch):
    """The command with three small encoders, for as many steps as asked."""
    sana = small.saved(small.tiny(narrow=True), tmp_path / "sana.pth")
    lite = small.saved(small.lite(), tmp_path / "lite.pth")
    eye = small.saved(small.alex(), tmp_path / "eye.pth")
    pictures = small.pictures(tmp_path / "pictures")

    def run(out: str, steps: int = 3) -> None:
        words = [
            "--pictures",
            pictures,
            "--encoder",
            f"sana={sana}",
            "--encoder",
            f"lite={lite}",
            "--eye",
            eye,
        ]
        words += ["--out", tmp_path / out, "--steps", steps, "--side", 128, "--threads", 1, "--seed", 7]
        monkeypatch.setattr(sys, "argv", ["train", *map(str, words)])
        assert command.main() == 0

    return run


def test_a_run_writes_its_curve_and_a_small_network_that_the_engine_reads(call, tmp_path, capsys):
    call("out")
    curve = [json.loads(line) for line in (tmp_path / "out" / "curve.jsonl").read_text().splitlines()]
    assert [row["step"] for row in curve] == [1, 2, 3]
    assert {"loss", "sana", "lite", "perceptual", "error", "contrast", "alike", "spectra", "peak"} <= set(
        curve[0]
    )
    assert "3/3" in capsys.readouterr().out
    model = tmp_path / "out" / "generator.onnx"
    assert model.stat().st_size <= 3_000_000
    picture = np.asarray(meadow(200, 180))
    made = with_model(model, picture, Strength.standard, b"seed").picture
    assert 1 <= abs(made.astype(int) - picture).max() <= Strength.standard.peak


def test_a_run_that_was_stopped_goes_on_to_the_same_network(call, tmp_path, monkeypatch):
    call("whole")
    run = command.Training.run
    monkeypatch.setattr(command.Training, "run", lambda self: islice(run(self), 1))
    call("stopped")
    monkeypatch.setattr(command.Training, "run", run)
    call("stopped")
    networks = [(tmp_path / out / "generator.onnx").read_bytes() for out in ("whole", "stopped")]
    assert networks[0] == networks[1]


def test_the_rate_rises_and_falls_and_the_peaks_are_those_of_the_strengths():
    rates = [rate(step, 100) for step in range(100)]
    assert rates[0] < rates[29] > rates[99] > 0
    assert sorted(PEAKS) == [strength.peak for strength in Strength]


@pytest.mark.rule("C-027")
def test_changes_that_are_alike_or_gather_in_a_peak_are_known_as_such():
    random = torch.Generator().manual_seed(1)
    noise = torch.randn(4, 48, 48, generator=random)
    stripes = torch.sin(torch.arange(48) * 0.8).expand(2, 48, 48)
    same, spectra, peaks = alike(noise)
    assert same.max() < 0.1
    assert spectra.mean() < 0.2
    assert peaks.max() < 0.05
    same, spectra, peaks = alike(stripes)
    assert same.min() > 0.99
    assert spectra.min() > 0.99
    assert peaks.min() > 0.2
