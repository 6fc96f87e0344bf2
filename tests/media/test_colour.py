"""Colour profiles are kept byte for byte, and other colour models become sRGB."""

import numpy as np
import pytest
from PIL import Image

from media.decode import decode
from tests.media.pictures import FORMATS, encoded, grey_profile, meadow, profile

THE_YEAR_2000 = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("kind", [kind for kind in FORMATS.values() if kind != "GIF"])
def test_a_profile_for_rgb_is_kept_byte_for_byte(kind):
    decoded = decode(encoded(meadow(), kind, icc_profile=profile()))
    assert decoded.icc_profile == profile()
    assert decoded.profile == "sRGB built-in"


@pytest.mark.parametrize("broken", [b"not a profile", bytes(200)])
def test_a_profile_that_cannot_be_read_is_left_out_and_said(broken):
    decoded = decode(encoded(meadow(), "PNG", icc_profile=broken))
    assert decoded.icc_profile is None
    assert "left out" in decoded.changed[0]


def test_a_profile_for_another_colour_model_is_left_out():
    decoded = decode(encoded(meadow(mode="L"), "PNG", icc_profile=profile()))
    assert (decoded.icc_profile, decoded.picture.mode) == (None, "RGB")


def test_cmyk_without_a_profile_becomes_rgb():
    decoded = decode(encoded(meadow(mode="CMYK"), "JPEG", quality=95))
    assert decoded.changed == ("colours converted from CMYK to RGB",)
    difference = np.asarray(decoded.picture).astype(int) - np.asarray(meadow())
    assert abs(difference).mean() < 6


def in_model(model: bytes) -> bytes:
    """The built-in profile, claiming another colour model: enough for choosing, too little for converting."""
    return profile()[:16] + model + profile()[20:]


def test_cmyk_with_a_profile_that_cannot_convert_still_becomes_rgb():
    decoded = decode(encoded(meadow(mode="CMYK"), "JPEG", icc_profile=in_model(b"CMYK")))
    assert decoded.picture.mode == "RGB"
    assert decoded.icc_profile is None


def test_a_grey_picture_is_converted_through_its_own_profile_to_srgb():
    decoded = decode(encoded(Image.new("L", (200, 200), 64), "PNG", icc_profile=grey_profile()))
    assert decoded.changed == ("colours converted from L (linear grey) to sRGB",)
    made = decoded.icc_profile
    assert (made[:24] + made[36:], made[24:36]) == (profile()[:24] + profile()[36:], THE_YEAR_2000)
    # A quarter of the light is 137 of 255 in sRGB (IEC 61966-2-1).
    assert all(abs(value - 137) <= 1 for value in decoded.picture.getpixel((9, 9)))


@pytest.mark.parametrize("mode", ["L", "1", "P", "I;16"])
def test_grey_paletted_and_deep_pictures_become_rgb_with_the_same_look(mode):
    grey = meadow(mode="L")
    values = np.asarray(grey)
    picture = Image.fromarray(values.astype(np.uint16) * 256) if mode == "I;16" else grey.convert(mode)
    decoded = decode(encoded(picture, "PNG"))
    assert decoded.picture.mode == "RGB"
    assert (
        abs(
            np.asarray(decoded.picture)[..., 0].astype(int)
            - np.asarray(picture.convert("L") if mode != "I;16" else grey)
        ).mean()
        < 2
    )


def test_transparency_stays_and_an_opaque_alpha_goes():
    clear = meadow(mode="RGBA")
    assert decode(encoded(clear)).picture.mode == "RGB"
    clear.putpixel((0, 0), (1, 2, 3, 0))
    assert decode(encoded(clear)).picture.mode == "RGBA"
    assert decode(encoded(clear.convert("LA"))).picture.mode == "RGBA"


def test_a_transparent_colour_of_a_palette_or_of_rgb_becomes_alpha():
    assert (
        decode(encoded(meadow(mode="P"), transparency=meadow(mode="P").getpixel((0, 0)))).picture.mode
        == "RGBA"
    )
    assert decode(encoded(meadow(), transparency=(120, 160, 220))).picture.mode == "RGBA"
