"""A picture in, a protected picture out: what leaves, in which sizes, with which marks."""

import hashlib
import json

import blurhash_rs
import numpy as np
import pytest
from PIL import Image

from media.cloak import ENGINES, Cloaked, Engine
from media.decode import Limits
from media.errors import BrokenPicture, CloakFailed, TooLarge
from media.pipeline import prepare
from media.placeholder import blurhash
from tests.media.pictures import FORMATS, encoded, meadow, opened, options, profile, xmp

MARKS = {"xmpRights:Marked": "True", "dc:creator": ["Account"], "dc:rights": "All reserved."}


def grained(shape: tuple[int, int, int]) -> Image.Image:
    """A gradient under film grain: heavy as PNG, light as JPEG."""
    grain = np.random.default_rng(1).normal(128, 6, shape) + np.linspace(0, 90, shape[1])[:, None] * [
        1,
        0.5,
        -0.3,
    ]
    return Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))


def phone_exif() -> bytes:
    made = Image.Exif()
    made[0x013B], made[0x0110], made[0x0112] = "Ada Example", "PHONE-MODEL-9", 6
    made.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    made.get_ifd(0x8769)[0xA431] = "SERIAL-123456"
    return made.tobytes()


@pytest.mark.rule("F-054", "C-008")
def test_a_jpeg_becomes_three_jpegs_upright_and_marked():
    data = encoded(meadow(1600, 1200), "JPEG", exif=phone_exif(), icc_profile=profile(), comment=b"psst")
    prepared = prepare(data, options(marks=MARKS))
    assert (prepared.width, prepared.height) == (1200, 1600)
    sizes = {one.name: (one.media_type, one.width, one.height) for one in prepared.renditions}
    assert sizes == {
        "large": ("image/jpeg", 1200, 1600),
        "preview": ("image/jpeg", 810, 1080),
        "small": ("image/jpeg", 450, 600),
    }
    for one in prepared.renditions:
        picture = opened(one.data)
        assert picture.size == (one.width, one.height)
        assert picture.info["icc_profile"] == profile()
        assert b"<rdf:li>Ada Example</rdf:li>" in picture.info["xmp"]
        assert 0x8825 not in picture.getexif()
        assert one.sha256 == hashlib.sha256(one.data).hexdigest()
        for secret in (b"psst", b"SERIAL-123456", b"PHONE-MODEL-9"):
            assert secret not in one.data


@pytest.mark.rule("P-132")
@pytest.mark.threat("MED-03")
@pytest.mark.parametrize("engine", ["texture", "none", "external"])
@pytest.mark.parametrize("kind", FORMATS.values())
def test_a_served_file_holds_only_what_our_encoder_wrote(kind, engine):
    note = "<xmp:CreatorTool>MARKER</xmp:CreatorTool>"
    data = (
        encoded(meadow(), kind, xmp=xmp(note), exif=phone_exif())
        + b'<script>MARKER</script>{"@context":"MARKER"}'
    )
    for one in prepare(data, options(engine)).renditions:
        assert b"MARKER" not in one.data
        assert b"SERIAL" not in one.data
        assert one.data.endswith(b"\xff\xd9" if one.media_type == "image/jpeg" else b"IEND\xaeB`\x82")


def negative(picture, strength, seed):
    return Cloaked(255 - picture)


@pytest.mark.rule("C-007")
@pytest.mark.threat("MED-17")
def test_every_rendition_and_the_blurhash_come_from_the_cloaked_master(monkeypatch):
    monkeypatch.setitem(ENGINES, "negative", Engine("negative", "1", experimental=True, cloak=negative))
    picture = meadow(1300, 1100)
    prepared = prepare(encoded(picture, "PNG"), options("negative"))
    wanted = Image.fromarray(255 - np.asarray(picture))
    assert prepared.blurhash == blurhash(wanted)
    for one in prepared.renditions:
        pixels = np.asarray(opened(one.data).convert("RGB"), dtype=int)
        assert abs(pixels - np.asarray(wanted.resize((one.width, one.height)), dtype=int)).mean() < 8


@pytest.mark.rule("F-054")
def test_the_longest_side_is_at_most_five_thousand():
    wide = Image.fromarray(np.tile(np.asarray(meadow(480, 130)), (1, 12, 1)))
    large = prepare(encoded(wide, "JPEG"), options()).renditions[0]
    assert (large.width, large.height) == (5000, 113)


def test_a_small_picture_is_never_enlarged():
    assert {(one.width, one.height) for one in prepare(encoded(meadow(200, 150)), options()).renditions} == {
        (200, 150)
    }


@pytest.mark.rule("F-054")
def test_transparent_pictures_become_png_with_their_alpha():
    picture = meadow(mode="RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    for kind in ("PNG", "WEBP"):
        prepared = prepare(
            encoded(picture, kind, **({"lossless": True} if kind == "WEBP" else {})), options()
        )
        assert {one.media_type for one in prepared.renditions} == {"image/png"}
        alpha = opened(prepared.renditions[0].data).getchannel("A")
        assert alpha.tobytes() == picture.getchannel("A").tobytes()


@pytest.mark.rule("C-008")
def test_a_light_png_stays_png_without_loss_and_a_heavy_one_becomes_jpeg():
    flat = Image.new("RGB", (400, 300), "white")
    flat.paste("navy", (50, 50, 200, 200))
    light = prepare(encoded(flat), options()).renditions[0]
    assert light.media_type == "image/png"
    assert opened(light.data).convert("RGB").tobytes() == flat.tobytes()
    assert {one.media_type for one in prepare(encoded(grained((300, 400, 1))), options()).renditions} == {
        "image/jpeg"
    }


def test_a_png_that_would_grow_too_much_becomes_jpeg():
    tile = np.clip(np.random.default_rng(1).normal(128, 4, (32, 32, 3)), 0, 255).astype(np.uint8)
    data = encoded(Image.fromarray(np.tile(tile, (12, 15, 1))), "PNG", optimize=True)
    assert prepare(data, options("none")).renditions[0].media_type == "image/png"
    assert prepare(data, options(strength="strong")).renditions[0].media_type == "image/jpeg"


def test_the_report_says_what_came_what_went_and_what_was_made():
    data = encoded(meadow(), "JPEG", exif=phone_exif())
    report = prepare(data, options(marks=MARKS)).report
    assert report.came == {
        "type": "image/jpeg",
        "bytes": len(data),
        "width": 320,
        "height": 480,
        "profile": "none",
    }
    assert report.kept == ("creator",)
    assert report.dropped == ("place (GPS)", "camera, software and dates")
    assert report.changed == ("turned upright",)
    assert report.cloak["engine"] == "texture"
    assert report.cloak["version"] == "1"
    assert report.cloak["strength"] == "standard"
    assert report.cloak["experimental"] is True
    assert [made["rendition"] for made in report.made] == ["large", "preview", "small"]
    assert json.loads(json.dumps(report.as_dict()))["dropped"][0] == "place (GPS)"


@pytest.mark.rule("C-003")
def test_the_report_says_why_a_cloak_was_left_out():
    report = prepare(encoded(meadow(100, 100)), options()).report
    assert report.cloak["engine"] == "none"
    assert "128" in str(report.cloak["reason"])


@pytest.mark.rule("C-009")
def test_progress_names_each_step_and_only_rises():
    heard: list[tuple[str, int]] = []
    prepare(encoded(meadow()), options(), lambda step, percent: heard.append((step, percent)))
    assert list(dict.fromkeys(step for step, _ in heard)) == ["reading", "cloaking", "making sizes", "done"]
    assert [percent for _, percent in heard] == sorted(percent for _, percent in heard)
    assert heard[-1] == ("done", 100)


@pytest.mark.parametrize(
    ("data", "changes", "error"),
    [
        (encoded(meadow(), "JPEG")[:2000], {}, BrokenPicture),
        (encoded(meadow(), "JPEG"), {"limits": Limits(bytes=10)}, TooLarge),
        (encoded(meadow(), "JPEG"), {"engine": "nothing like it"}, CloakFailed),
    ],
)
def test_what_is_wrong_comes_out_as_one_of_the_errors(data, changes, error):
    with pytest.raises(error):
        prepare(data, options(**changes))


def test_the_secret_does_not_show_in_the_options():
    assert "one secret" not in repr(options())


@pytest.mark.rule("F-057")
def test_the_blurhash_has_four_by_three_components_and_the_colours_of_the_picture():
    hashed = blurhash(meadow())
    assert len(hashed) == 4 + 2 * 4 * 3
    drawn = np.asarray(blurhash_rs.blurhash_decode(hashed, 32, 32)).astype(int)
    assert abs(drawn[2, 16] - np.array([120, 160, 220])).max() < 40


def test_transparent_parts_count_as_white_in_the_blurhash():
    clear = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    assert blurhash(clear) == blurhash(Image.new("RGB", (200, 200), "white"))
