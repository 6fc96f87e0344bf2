"""The cloak stays within its bounds, hides in texture and is never the same twice for two secrets."""

import numpy as np
import pytest
from PIL import Image

from media import cloak
from media.cloak import ENGINES, Cloaked, Engine, Strength
from media.errors import CloakFailed
from tests.media.pictures import encoded, meadow, opened


def change(
    picture: Image.Image, strength: str = "standard", secret: bytes = b"one", engine: str = "texture"
) -> np.ndarray:
    made = cloak.apply(picture, engine, strength, secret).picture
    return np.asarray(made).astype(int) - np.asarray(picture)


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    return abs(float(np.corrcoef(first.ravel(), second.ravel())[0, 1]))


def ssim(first: np.ndarray, second: np.ndarray, side: int = 8) -> float:
    """Structural similarity of two luma planes over squares (Wang et al. 2004)."""
    height, width = (length // side for length in first.shape)
    squares = [
        plane[: height * side, : width * side].reshape(height, side, width, side).astype(float)
        for plane in (first, second)
    ]
    means, variances = ([getattr(square, what)((1, 3)) for square in squares] for what in ("mean", "var"))
    covariance = (squares[0] * squares[1]).mean((1, 3)) - means[0] * means[1]
    light = (2 * means[0] * means[1] + 6.5) / (means[0] ** 2 + means[1] ** 2 + 6.5)
    return float((light * (2 * covariance + 58.5) / (variances[0] + variances[1] + 58.5)).mean())


@pytest.mark.rule("C-001")
@pytest.mark.parametrize(("strength", "peak"), [("light", 4), ("standard", 6), ("strong", 10)])
def test_no_value_moves_by_more_than_the_peak_and_some_move_nearly_that_far(strength, peak):
    moved = abs(change(meadow(), strength)).max()
    assert peak - 1 <= moved <= peak
    assert Strength(strength).peak == peak


@pytest.mark.rule("C-001")
def test_a_flat_sky_and_an_even_gradient_keep_their_values():
    moved = abs(change(meadow(480, 320), "strong"))
    assert moved[:140].max() == 0
    assert moved[200:].mean() > 1
    ramp = Image.linear_gradient("L").resize((400, 300), Image.Resampling.BICUBIC).convert("RGB")
    assert abs(change(ramp, "strong")).max() <= 1


@pytest.mark.rule("C-001")
def test_the_standard_cloak_keeps_the_structure():
    picture = meadow()
    made = cloak.apply(picture, "texture", "standard", b"one").picture
    assert ssim(np.asarray(picture.convert("L")), np.asarray(made.convert("L"))) >= 0.96


@pytest.mark.rule("C-002")
def test_two_secrets_make_different_changes_and_one_secret_the_same():
    first, second = change(meadow(), secret=b"one"), change(meadow(), secret=b"two")
    assert likeness(first, second) < 0.2
    assert np.array_equal(first, change(meadow(), secret=b"one"))


@pytest.mark.rule("C-002")
def test_two_pictures_get_different_changes_from_one_secret():
    other = meadow()
    other.putpixel((0, 0), (0, 0, 0))
    assert likeness(change(meadow()), change(other)) < 0.2


@pytest.mark.rule("C-008")
def test_the_change_survives_jpeg_and_halving():
    picture = meadow()
    made = cloak.apply(picture, "texture", "strong", b"one").picture
    half = (240, 160)
    wanted = np.asarray(made.resize(half), dtype=int) - np.asarray(picture.resize(half), dtype=int)
    seen = [
        np.asarray(opened(encoded(one, "JPEG", quality=85)).resize(half), dtype=int)
        for one in (made, picture)
    ]
    assert likeness(seen[0] - seen[1], wanted) > 0.7


def test_the_picture_given_is_not_written_into():
    picture = meadow()
    before = picture.tobytes()
    cloak.apply(picture, "texture", "strong", b"one")
    assert picture.tobytes() == before


@pytest.mark.parametrize("size", [(128, 128), (129, 131), (301, 513), (640, 130)])
def test_odd_sizes_are_cloaked_whole(size):
    assert cloak.apply(meadow(*size), "texture", "standard", b"one").picture.size == size


def test_strips_leave_no_seam(monkeypatch):
    picture = meadow(300, 700)
    whole = change(picture)
    monkeypatch.setattr("media.cloak.quarter.ROWS", 64)
    assert np.array_equal(whole, change(picture))


def test_alpha_is_untouched():
    picture = meadow(mode="RGBA")
    alpha = Image.linear_gradient("L").resize(picture.size)
    picture.putalpha(alpha)
    made = cloak.apply(picture, "texture", "standard", b"one").picture
    assert made.mode == "RGBA"
    assert made.getchannel("A").tobytes() == alpha.tobytes()
    assert made.tobytes() != picture.tobytes()


@pytest.mark.rule("C-003")
@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (meadow(127, 400), "smaller than 128 pixels"),
        (meadow(mode="L").point(lambda value: value // 64 * 64).convert("RGB"), "at most 32 colours"),
    ],
)
def test_small_pictures_and_few_colours_are_left_as_they_are_with_the_reason(picture, reason):
    applied = cloak.apply(picture, "texture", "strong", b"one")
    assert applied.engine.name == "none"
    assert reason in applied.reason
    assert applied.picture.tobytes() == picture.tobytes()


@pytest.mark.parametrize("engine", ["external", "none"])
def test_external_and_none_change_nothing_and_need_no_reason(engine):
    applied = cloak.apply(meadow(), engine, "standard", b"one")
    assert (applied.engine.name, applied.reason, applied.engine.experimental) == (engine, "", False)
    assert applied.picture.tobytes() == meadow().tobytes()


@pytest.mark.parametrize("engine", ["external", "none"])
def test_external_and_none_are_functions_of_the_same_type(engine):
    pixels = np.asarray(meadow())
    assert ENGINES[engine].cloak(pixels, Strength.strong, b"seed").picture is pixels


def test_the_texture_engine_says_that_it_is_experimental():
    assert ENGINES["texture"].experimental
    assert list(ENGINES) == ["generator", "texture", "ascent", "external", "none"]


@pytest.mark.rule("C-006")
@pytest.mark.parametrize(("engine", "strength"), [("glaze", "standard"), ("texture", "utmost")])
def test_an_unknown_engine_or_strength_fails(engine, strength):
    with pytest.raises(CloakFailed):
        cloak.apply(meadow(), engine, strength, b"one")


def out_of_memory(picture, strength, seed):
    raise MemoryError


def without_model(picture, strength, seed):
    return Cloaked(open("/nowhere/model.onnx", "rb").read())


def half(picture, strength, seed):
    return Cloaked(picture[::2])


@pytest.mark.rule("C-006")
@pytest.mark.threat("MED-16")
@pytest.mark.parametrize("broken", [out_of_memory, without_model, half])
def test_a_cloak_that_fails_lets_nothing_out(broken, monkeypatch):
    monkeypatch.setitem(ENGINES, "broken", Engine("broken", "1", experimental=True, cloak=broken))
    with pytest.raises(CloakFailed) as failed:
        cloak.apply(meadow(), "broken", "standard", b"one")
    assert failed.value.kind == "cloak"
