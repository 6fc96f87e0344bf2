"""A picture beside its cloaked size: sizes, crops, and a difference that shows what moved."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from media import cloak
from media.compare import SIDES, VIEWS, compare
from tests.media.pictures import encoded, meadow, opened


def pixels(data):
    return np.asarray(opened(data).convert("RGB"), dtype=int)


@pytest.mark.rule("C-004")
def test_the_difference_is_ten_times_what_moved_around_grey():
    picture = meadow(480, 320)
    cloaked = cloak.apply(picture, "texture", "strong", b"one").picture
    made = compare(encoded(picture), encoded(cloaked))
    assert set(made.sizes) == set(VIEWS)
    moved = np.asarray(cloaked, dtype=int) - np.asarray(picture, dtype=int)
    assert made.peak == abs(moved).max()
    assert made.mean == pytest.approx(abs(moved).mean(), abs=0.01)
    assert (pixels(made.files["whole-difference.png"]) == np.clip(128 + 10 * moved, 0, 255)).all()
    part = pixels(made.files["100-after.png"]) - pixels(made.files["100-before.png"])
    assert abs(part).mean() > abs(moved).mean(), "the part is where most was changed"
    assert part.shape == (240, 320, 3)
    twice = pixels(made.files["200-before.png"])
    assert (twice[::2, ::2] == pixels(made.files["100-before.png"])[60:180, 80:240]).all()
    assert (twice[1::2, 1::2] == twice[::2, ::2]).all()


@pytest.mark.rule("C-004")
@pytest.mark.parametrize(("size", "mode"), [((2000, 1500), "RGB"), ((90, 400), "RGBA"), ((16, 16), "RGB")])
def test_a_smaller_size_is_compared_with_the_original_in_that_size(size, mode):
    picture = meadow(*size).convert(mode)
    if mode == "RGBA":
        picture.putpixel((0, 0), (0, 0, 0, 0))
    small = picture.resize(
        (max(1, size[0] // 2), max(1, size[1] // 2)), Image.Resampling.LANCZOS, reducing_gap=3.0
    )
    made = compare(encoded(picture), encoded(small))
    assert made.peak == 0
    assert max(made.sizes["whole"]) <= 1080
    for name, data in made.files.items():
        assert opened(data).size == made.sizes[name.partition("-")[0]]


@pytest.mark.rule("C-009")
def test_it_is_a_process_of_its_own_that_refuses_in_words(tmp_path):
    for name, data in (("original", encoded(meadow(64, 48))), ("shown", encoded(meadow(64, 48), "JPEG"))):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "broken").write_bytes(b"\x89PNG\r\n\x1a\n")

    def run(*names):
        call = [sys.executable, "-m", "media.compare", *(str(tmp_path / name) for name in names)]
        return subprocess.run(call, input=b"{}", capture_output=True, check=False)

    done = json.loads(run("original", "shown", "").stdout)["done"]
    assert {name.partition(".")[0] for name in done["files"]} == {
        f"{view}-{side}" for view in VIEWS for side in SIDES
    }
    assert all((tmp_path / name).exists() for name in done["files"])
    assert json.loads(run("broken", "shown", "").stdout)["kind"] == "broken"
    assert run("original").returncode == 2
