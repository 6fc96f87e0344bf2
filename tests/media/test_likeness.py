"""Pictures are known again after what happens to pictures on their way, and not taken for others."""

import random
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media import fingerprint as made
from media.fingerprint import fingerprint
from media.likeness import NEAR, Looks, bands, distance, probes
from tests.browser.paintings import WORKS, landscape

PICTURES = [
    Image.open(BytesIO(landscape(size, *colours, seed=seed)))
    for seed, (_, _, size, *colours) in enumerate(WORKS)
]


def looks(picture: Image.Image) -> Looks:
    known = fingerprint(picture)
    return Looks(known.perceptual, known.pdq)


def saved(picture: Image.Image, quality: int) -> Image.Image:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def cropped(picture: Image.Image, share: float) -> Image.Image:
    x, y = int(picture.width * share / 2), int(picture.height * share / 2)
    return picture.crop((x, y, picture.width - x, picture.height - y))


CHANGES = {
    "saved badly": lambda picture: saved(picture, 50),
    "half the size": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "grey": lambda picture: picture.convert("L").convert("RGB"),
    "brighter": lambda picture: picture.point(lambda value: min(255, int(value * 1.15 + 5))),
    "a fiftieth cut off": lambda picture: cropped(picture, 0.02),
    "all of it": lambda picture: saved(cropped(picture.resize((640, 480)), 0.01), 60),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("kind", ["pdq", "perceptual"])
def test_a_picture_is_known_again(change: object, kind: str) -> None:
    for picture in PICTURES:
        one, other = looks(picture), looks(change(picture))  # type: ignore[operator]
        if kind == "perceptual":
            one, other = Looks(one.perceptual), Looks(other.perceptual)
        assert distance(one, other) is not None
        assert set(bands(other)) & set(probes(one))


def test_different_pictures_are_not_taken_for_each_other() -> None:
    known = [looks(picture) for picture in PICTURES]
    pairs = [(one, other) for at, one in enumerate(known) for other in known[:at]]
    assert all(distance(one, other) is None for one, other in pairs)
    assert all(distance(Looks(one.perceptual), Looks(other.perceptual)) is None for one, other in pairs)


@given(st.sampled_from(sorted(NEAR)), st.integers(min_value=0), st.integers(), st.data())
def test_whatever_is_near_is_found_by_a_band(
    digits: int, number: int, seed: int, data: st.DataObject
) -> None:
    size = digits * 4
    value = number % (1 << size)
    bits = data.draw(st.integers(0, NEAR[digits]))
    changed = value
    for bit in random.Random(seed).sample(range(size), bits):
        changed ^= 1 << bit
    one, other = (
        Looks(f"{each:0{digits}x}") if digits == 16 else Looks("", f"{each:0{digits}x}")
        for each in (value, changed)
    )
    assert distance(one, other) == bits
    assert set(bands(other)) & set(probes(one))
    assert all(0 <= band < 1 << 31 for band in probes(one))


def test_the_better_hash_decides_where_both_have_it() -> None:
    far, near = "0" * 64, "0" * 60 + "ffff"
    assert distance(Looks("0" * 16, far), Looks("0" * 16, "f" * 64)) is None
    assert distance(Looks("0" * 16, far), Looks("f" * 16, near)) == 16
    assert distance(Looks("0" * 16, far), Looks("0" * 16)) == 0
    assert distance(Looks(), Looks()) is None
    assert bands(Looks("", "")) == bands(Looks("ab", "cd")) == []


def test_a_flat_picture_has_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    for colour in ("white", "black", "red"):
        known = fingerprint(Image.new("RGB", (300, 200), colour))
        assert (known.perceptual, known.pdq, len(known.pixels)) == ("", "", 64)
    monkeypatch.setattr(made, "pdqhash", None)
    without = fingerprint(PICTURES[0])
    assert (len(without.perceptual), without.pdq) == (16, "")


def test_with_the_extra_pdq_is_made() -> None:
    pytest.importorskip("pdqhash")
    known = [fingerprint(picture) for picture in PICTURES]
    assert {len(each.pdq) for each in known} == {0, 64}, "made of those with enough in them"
