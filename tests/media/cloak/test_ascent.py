"""The strong engine climbs on encoders of the operator's, within its bounds and its time."""

import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from media.cloak import Strength, apply, ascent  # noqa: E402
from media.cloak.encoders import load  # noqa: E402
from media.cloak.generator import with_model  # noqa: E402
from media.errors import CloakFailed  # noqa: E402
from tests.media.cloak import small  # noqa: E402
from tests.media.pictures import meadow  # noqa: E402

SEED = b"seed"


def read(encoder, pixels):
    return encoder(torch.from_numpy(pixels.transpose(2, 0, 1).astype(np.float32) / 255)[None])[-1]


def test_it_moves_the_encoder_farther_than_the_generator_and_stays_within_the_peak(tmp_path):
    path = small.saved(small.autoencoder(), tmp_path / "vae.pth")
    picture = np.asarray(meadow(420, 300))
    started = with_model(ascent.MODEL, picture, Strength.standard, SEED).picture
    made = ascent.engine(ascent.Climb((str(path),), 20)).cloak(picture, Strength.standard, SEED)
    assert abs(made.picture.astype(int) - picture).max() <= Strength.standard.peak
    encoder = load(path)
    origin = read(encoder, picture)
    assert (read(encoder, made.picture) - origin).norm() > 1.2 * (read(encoder, started) - origin).norm()
    assert made.report["tiles"] == 2
    assert made.report["steps"] >= 1


def test_without_time_it_leaves_the_change_it_started_from(tmp_path):
    path = small.saved(small.tiny(narrow=True), tmp_path / "tiny.pth")
    picture = np.asarray(meadow(200, 200))
    made = ascent.engine(ascent.Climb((str(path),), 0)).cloak(picture, Strength.light, SEED)
    assert made.report["steps"] == 0
    started = with_model(ascent.MODEL, picture, Strength.light, SEED).picture
    assert np.array_equal(made.picture, started)


@pytest.mark.parametrize(("height", "width"), [(10, 20), (96, 97), (300, 176), (181, 500)])
def test_tiles_cover_the_whole_and_overlap(height, width):
    covered = np.zeros((height, width), dtype=int)
    for box in ascent.tiles(height, width):
        assert box.rows.stop - box.rows.start <= ascent.TILE
        covered[box.rows, box.columns] += 1
    assert covered.min() >= 1
    assert (covered.max() > 1) == (max(height, width) > ascent.TILE)


@pytest.mark.rule("C-006")
def test_weights_that_are_missing_or_unknown_fail_the_cloak(tmp_path):
    unknown = small.saved({"layer": torch.zeros(1)}, tmp_path / "unknown.pth")
    for path in (tmp_path / "missing.pth", unknown):
        with pytest.raises(CloakFailed, match="was not published"):
            ascent.engine(ascent.Climb((str(path),), 1)).cloak(
                np.asarray(meadow(150, 150)), Strength.light, SEED
            )


@pytest.mark.rule("C-006")
def test_without_torch_it_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(CloakFailed, match="cloak-strong"):
        ascent.engine(ascent.Climb(("any.pth",), 1)).cloak(np.asarray(meadow(150, 150)), Strength.light, SEED)


@pytest.mark.rule("C-006")
def test_without_an_encoder_it_fails():
    with pytest.raises(CloakFailed, match="no encoder"):
        apply(meadow(150, 150), "ascent", "standard", b"one")


def test_it_is_applied_with_the_encoders_that_are_named(tmp_path):
    path = small.saved(small.tiny(narrow=True), tmp_path / "tiny.pth")
    made = apply(meadow(150, 150), "ascent", "standard", b"one", ascent.Climb((str(path),), 5))
    assert made.engine.name == "ascent"
    assert made.picture.tobytes() != meadow(150, 150).tobytes()
