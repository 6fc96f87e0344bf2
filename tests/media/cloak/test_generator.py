"""The trained engine stays within its bounds, draws tiles without seams, and fails aloud without its model."""

import sys

import numpy as np
import pytest
from PIL import Image

from media import cloak
from media.cloak import Strength, generator
from media.cloak.generator import MODEL, with_model
from media.cloak.prepared import LEAST, inputs
from media.errors import CloakFailed
from tests.media.pictures import meadow


def change(picture: Image.Image, strength: str = "standard", secret: bytes = b"one") -> np.ndarray:
    made = cloak.apply(picture, "generator", strength, secret)
    assert made.engine.name == "generator"
    return np.asarray(made.picture).astype(int) - np.asarray(picture)


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    return abs(float(np.corrcoef(first.ravel(), second.ravel())[0, 1]))


@pytest.mark.rule("C-001")
@pytest.mark.parametrize("strength", list(Strength))
def test_no_value_moves_by_more_than_the_peak(strength):
    moved = abs(change(meadow(), strength.value)).max()
    assert strength.peak / 2 <= moved <= strength.peak


@pytest.mark.rule("C-001")
def test_a_flat_sky_moves_by_two_steps_at_most_and_grass_by_more():
    moved = abs(change(meadow(480, 320), "standard"))
    assert moved[8:130].max() <= 2
    assert moved[8:130].mean() < 0.7 * moved[200:].mean()


@pytest.mark.rule("C-002")
def test_two_secrets_make_different_changes_and_one_secret_the_same():
    first, second = change(meadow(), secret=b"one"), change(meadow(), secret=b"two")
    assert likeness(first, second) < 0.3
    assert np.array_equal(first, change(meadow(), secret=b"one"))


def test_tiles_leave_no_seam(monkeypatch):
    given = inputs(np.asarray(meadow(700, 500)), np.random.default_rng(1))
    whole = generator.draw(MODEL, given)
    monkeypatch.setattr(generator, "TILE", 64)
    assert np.abs(whole - generator.draw(MODEL, given)).max() < 1e-4


@pytest.mark.parametrize("size", [(128, 128), (129, 131), (301, 513), (640, 130)])
def test_odd_sizes_are_cloaked_whole(size):
    made = cloak.apply(meadow(*size), "generator", "standard", b"one").picture
    assert made.size == size


def test_the_mask_is_least_where_the_picture_is_flat():
    flat = np.full((200, 200, 3), 90, dtype=np.uint8)
    assert np.allclose(inputs(flat, np.random.default_rng(1))[4], LEAST)


@pytest.mark.rule("C-006")
@pytest.mark.threat("MED-16")
def test_a_model_that_is_missing_or_broken_fails_the_cloak(tmp_path):
    picture = np.asarray(meadow())
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(MODEL.read_bytes()[:1000])
    for model in (tmp_path / "missing.onnx", broken):
        with pytest.raises(CloakFailed, match="was not published"):
            with_model(model, picture, Strength.standard, b"seed")


@pytest.mark.rule("C-006")
def test_without_the_library_that_runs_the_model_the_cloak_fails(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(MODEL.read_bytes())
    with pytest.raises(CloakFailed):
        with_model(copy, np.asarray(meadow()), Strength.standard, b"seed")


def test_the_model_that_ships_is_small():
    assert MODEL.stat().st_size <= 3_000_000
