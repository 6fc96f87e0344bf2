"""The classes that give pictures their shape before they load."""

import blurhash_rs
import pytest
from PIL import Image

from fedicara.web.shapes import ground, ratio, style_sheet, width


def declared(name: str) -> str:
    """What the style sheet says of a class."""
    return next(line for line in style_sheet().splitlines() if line.startswith(f".{name}{{"))


@pytest.mark.rule("V-001")
@pytest.mark.parametrize(
    ("wide", "high"), [(1, 5), (2, 3), (1000, 999), (1, 1), (16, 9), (4001, 3000), (5, 1)]
)
def test_a_class_keeps_the_aspect_ratio_to_half_a_percent(wide: int, high: int) -> None:
    value = float(declared(ratio(wide, high)).partition("--r:")[2].rstrip("}"))
    assert value == pytest.approx(wide / high, rel=0.0055)


def test_wilder_ratios_than_one_to_five_take_the_last_class() -> None:
    assert ratio(1, 100) == ratio(1, 6)
    assert ratio(100, 1) == ratio(6, 1)


def test_a_picture_of_unknown_size_is_a_square() -> None:
    assert declared(ratio(0, 0)) == ".r0{--r:1}"


@pytest.mark.parametrize("pixels", [1, 64, 600, 1080, 5000, 90_000])
def test_every_width_has_its_class(pixels: int) -> None:
    value = float(declared(width(pixels)).partition("--w:")[2].rstrip("px}"))
    assert value == pytest.approx(min(max(pixels, 9), 5107), rel=0.06)


@pytest.mark.rule("V-005")
@pytest.mark.parametrize("colour", [(250, 10, 10), (20, 200, 120), (0, 0, 0), (255, 255, 255)])
def test_the_ground_is_near_the_average_colour(colour: tuple[int, int, int]) -> None:
    hashed = blurhash_rs.blurhash_encode(Image.new("RGB", (32, 32), colour), 4, 3)
    value = declared(ground(hashed)).partition("#")[2].rstrip("}")
    found = [int(value[at : at + 2], 16) for at in (0, 2, 4)]
    assert all(abs(one - other) <= 22 for one, other in zip(found, colour, strict=True))


@pytest.mark.parametrize("hashed", ["", "LE", "L\x00\x00\x00\x00\x00", "ß" * 20])
def test_a_blurhash_that_is_none_gives_the_plain_ground(hashed: str) -> None:
    assert ground(hashed) == "g"
