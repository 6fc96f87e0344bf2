"""The measuring compares like with like, knows a grating and a repeated change, and states the gate honestly."""

import json
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from media.cloak.encoders import load  # noqa: E402
from media.cloak.generator import MODEL  # noqa: E402
from media.cloak.measure import __main__ as command  # noqa: E402
from media.cloak.measure import variety  # noqa: E402
from media.cloak.measure.baselines import BASELINES, as_visible  # noqa: E402
from media.cloak.measure.contrast import seen, sensitivity, smoothness  # noqa: E402
from media.cloak.measure.displacement import Reader  # noqa: E402
from media.cloak.measure.summary import gate  # noqa: E402
from media.cloak.measure.table import Rows  # noqa: E402
from media.cloak.measure.visibility import error, psnr, structure  # noqa: E402
from media.cloak.measure.ways import PURIFIERS, WAYS  # noqa: E402
from tests.media.cloak import small  # noqa: E402
from tests.media.pictures import meadow  # noqa: E402

PICTURE = np.asarray(meadow(260, 240))


@pytest.fixture
def table(tmp_path, monkeypatch, capsys):
    """What the command writes and prints for two pictures and two small encoders, one left out of a training."""
    sana = small.saved(small.tiny(narrow=True), tmp_path / "sana.pth")
    vgg = small.saved(small.vgg(), tmp_path / "vgg.pth")
    eye = small.saved(small.alex(), tmp_path / "eye.pth")
    for number in range(2):
        random = np.random.default_rng(number)
        pixels = np.clip(np.asarray(meadow(200, 200)) + random.normal(0, 20, (200, 200, 3)), 0, 255)
        small.Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{number}.png")

    def run(*more: str) -> tuple[dict, str]:
        words = [tmp_path, "--encoder", f"sana={sana}", "--encoder", f"vgg={vgg}", "--eye", eye]
        words += ["--out", tmp_path / "table.json", "--side", 160, "--most", 2, *more]
        monkeypatch.setattr(sys, "argv", ["measure", *map(str, words)])
        assert command.main() == 0
        return json.loads((tmp_path / "table.json").read_text()), capsys.readouterr().out

    return run


@pytest.mark.rule("C-020", "C-021", "C-022", "C-024", "C-026", "C-027")
def test_the_table_has_every_way_baseline_purifier_and_measure(table):
    found, printed = table("--without", f"sana={MODEL}", "--without", f"vgg={MODEL}")
    assert found["pictures"] == 2
    assert found["unseen"] == ["sana"]  # the VGG is kin to the metric of visibility: no evidence
    for encoder in ("sana", "vgg"):
        changes = found["ratios"][encoder]
        assert set(changes) == {"jpeg q90 alone"} | {
            f"{name}, equal {equal}" for name in BASELINES for equal in ("LPIPS", "PSNR")
        }
        assert all(set(values) == set(WAYS) for values in changes.values())
    assert {name.split(" · ")[1] for name in found["purified"]} == {*PURIFIERS, "mean change subtracted"}
    looks = found["visibility"]
    assert set(looks["cloak"]) == {"LPIPS", "SSIM", "contrast", "PSNR"}
    for name in BASELINES:
        assert looks[f"{name}, equal PSNR"]["PSNR"]["mean"] == pytest.approx(
            looks["cloak"]["PSNR"]["mean"],
            abs=1.5,  # sign noise moves by whole steps
        )
        assert looks[f"{name}, equal LPIPS"]["LPIPS"]["mean"] == pytest.approx(
            looks["cloak"]["LPIPS"]["mean"], rel=0.2
        )
    assert set(found["variety"]) >= {"alike", "spectra alike", "seeds alike", "highest peak"}
    assert "equal LPIPS" in found["gate"]
    assert "| sana: the cloak's displacement over that of |" in printed
    assert "after sana · notch" in printed


@pytest.mark.rule("C-022", "C-023")
def test_without_a_training_that_left_an_encoder_out_the_gate_is_not_reached(table):
    found, _ = table("--quick")
    assert found["unseen"] == []
    assert found["gate"] == {"reached": False, "why": "no encoder was left out of a training"}
    assert not found["purified"]


@pytest.mark.rule("C-022")
def test_an_engine_that_was_not_trained_has_seen_no_encoder(table):
    found, _ = table("--quick", "--engine", "texture")
    assert found["unseen"] == ["sana"]


@pytest.mark.rule("C-023")
def test_every_part_of_the_gate_must_hold():
    rows = Rows()
    for way in ("nothing", "jpeg q75", "half"):
        rows.moved["e", "cloak", way] = [1.6, 1.8]
        rows.moved["e", "low-frequency noise, equal LPIPS", way] = [1.0, 1.0]
        rows.moved["e", "low-frequency noise, equal PSNR", way] = [1.5, 1.5]
    good = type("Look", (), {"perceptual": 0.01, "structure": 0.98, "contrast": 1.0, "psnr": 40.0})
    rows.visible["cloak"] = [good, good]
    random = np.random.default_rng(1)
    rows.changes = list(random.standard_normal((2, 64, 64)))
    rows.seeds, rows.seeds_spectra, rows.peaks = [0.1, 0.1], [0.2, 0.2], [0.02, 0.03]
    assert gate(rows, ["e"])["reached"]
    rows.peaks = [0.02, 0.2]
    assert not gate(rows, ["e"])["reached"]
    rows.peaks = [0.02, 0.02]
    rows.moved["e", "cloak", "half"] = [0.9, 0.9]
    assert not gate(rows, ["e"])["reached"]


@pytest.mark.rule("C-020")
def test_displacement_is_relative_and_nothing_for_the_same_picture(tmp_path):
    reader = Reader(load(small.saved(small.tiny(narrow=True), tmp_path / "tiny.pth")))
    other = BASELINES["sign noise"](PICTURE, 6, np.random.default_rng(1))
    for way in WAYS.values():
        assert reader.displacement(PICTURE, PICTURE, way) == 0
        assert reader.displacement(PICTURE, other, way) > 0


@pytest.mark.rule("C-021")
@pytest.mark.parametrize("name", list(BASELINES))
def test_a_baseline_is_made_as_visible_as_asked(name):
    def change(size: float) -> np.ndarray:
        return BASELINES[name](PICTURE, size, np.random.default_rng(3))

    made = as_visible(change, lambda after: error(PICTURE, after), 3.0, power=1)
    assert error(PICTURE, made) == pytest.approx(3.0, rel=0.03)
    assert psnr(PICTURE, made) == pytest.approx(20 * np.log10(255 / 3), abs=0.3)


@pytest.mark.rule("C-026")
def test_the_eye_is_most_sensitive_near_eight_cycles_and_looks_at_smooth_places():
    weights = sensitivity(600, 600)[0]
    assert np.argmax(weights) * 60 / 600 == pytest.approx(8, abs=0.5)
    assert weights.max() == pytest.approx(1, abs=0.03)
    ramp = np.repeat(np.linspace(40, 200, 200).astype(np.uint8)[None, :, None], 200, 0).repeat(3, 2)
    assert smoothness(ramp).min() > 0.99
    stripes = np.zeros((200, 200, 3)) + 4 * np.sin(np.arange(200) * 2 * np.pi / 8)[None, :, None]
    fine = np.zeros((200, 200, 3)) + 4 * np.sin(np.arange(200) * np.pi * 0.9)[None, :, None]
    assert seen(ramp, stripes) > 3 * seen(ramp, fine)


@pytest.mark.rule("C-026")
def test_structure_is_one_for_equal_pictures_and_falls():
    assert structure(PICTURE, PICTURE) == pytest.approx(1)
    assert structure(PICTURE, WAYS["blur 1"](PICTURE)) < 0.999


@pytest.mark.rule("C-027")
def test_a_grating_has_a_peak_noise_has_none_and_a_repeated_change_is_alike():
    grey = np.full((256, 256, 3), 128, dtype=np.uint8)
    grating = variety.drawn(grey, BASELINES["grating"](grey, 6, np.random.default_rng(1)))
    noise = [
        variety.drawn(grey, BASELINES["low-frequency luma noise"](grey, 3, np.random.default_rng(seed)))
        for seed in (1, 2)
    ]
    assert variety.peak(grating) > 0.5
    assert max(map(variety.peak, noise)) < 0.05
    assert variety.peak(np.zeros((64, 64))) == 0
    assert variety.likeness(noise) < 0.1
    assert variety.spectra(noise) < 0.3
    assert variety.likeness([grating, grating]) == pytest.approx(1)
    assert variety.likeness([grating, np.zeros_like(grating)]) == 0


@pytest.mark.rule("C-024")
def test_a_notch_takes_a_grating_away_and_leaves_the_picture():
    cloth = np.clip(np.random.default_rng(2).normal(128, 12, (256, 256, 3)), 0, 255).astype(np.uint8)
    made = BASELINES["grating"](cloth, 6, np.random.default_rng(1))
    peaks = [variety.peak(variety.drawn(cloth, after)) for after in (made, PURIFIERS["notch"](made))]
    assert peaks[1] < peaks[0] / 2
    assert error(cloth, PURIFIERS["notch"](cloth)) < 4
