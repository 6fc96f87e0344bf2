"""A picture in, a protected picture out: what leaves, in which sizes, with which marks."""

import hashlib
import json

import blurhash_rs
import numpy as np
import pytest
from PIL import Image

from media.cloak import ENGINES, Cloaked, Engine, apply
from media.decode import Limits
from media.errors import BrokenPicture, CloakFailed, TooLarge
from media.marks import SAVERS, marks
from media.pipeline import prepare
from media.placeholder import blurhash
from tests.media.pictures import FORMATS, encoded, meadow, opened, options, plain, profile, xmp

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
def test_a_jpeg_becomes_three_jpegs_upright_and_marked_and_each_in_two_formats_more():
    data = encoded(meadow(1600, 1200), "JPEG", exif=phone_exif(), icc_profile=profile(), comment=b"psst")
    prepared = prepare(data, options(marks=MARKS))
    assert (prepared.width, prepared.height) == (1200, 1600)
    sizes = {one.name: (one.media_type, one.width, one.height) for one in prepared.renditions}
    assert sizes == {
        "large": ("image/jpeg", 1200, 1600),
        "large.webp": ("image/webp", 1200, 1600),
        "large.avif": ("image/avif", 1200, 1600),
        "preview": ("image/jpeg", 810, 1080),
        "preview.webp": ("image/webp", 810, 1080),
        "preview.avif": ("image/avif", 810, 1080),
        "small": ("image/jpeg", 450, 600),
        "small.webp": ("image/webp", 450, 600),
        "small.avif": ("image/avif", 450, 600),
        "card": ("image/jpeg", 1200, 630),
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
        encoded(meadow(), kind, xmp=xmp(note), exif=phone_exif(), comment=b"MARKER")
        + b'<script>MARKER</script>{"@context":"MARKER"}'
    )
    for one in prepare(data, options(engine)).renditions:
        assert b"MARKER" not in one.data
        assert b"SERIAL" not in one.data
        assert one.data.endswith(ENDS.get(one.media_type, b""))
        if one.media_type == "image/webp":
            assert len(one.data) == 8 + int.from_bytes(one.data[4:8], "little")


ENDS = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82"}


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
    assert {one.media_type for one in prepared.renditions} >= {"image/jpeg", "image/webp", "image/avif"}
    for one in prepared.renditions:
        pixels = np.asarray(opened(one.data).convert("RGB"), dtype=int)
        same = wanted.crop((0, 209, 1300, 891)) if one.name == "card" else wanted
        assert abs(pixels - np.asarray(same.resize((one.width, one.height)), dtype=int)).mean() < 8


@pytest.mark.rule("F-054")
def test_the_longest_side_is_at_most_five_thousand():
    wide = Image.fromarray(np.tile(np.asarray(meadow(480, 130)), (1, 12, 1)))
    made = {one.name: (one.width, one.height) for one in prepare(encoded(wide, "JPEG"), options()).renditions}
    assert made["large"] == (5000, 113)
    # No screen needs that, so there is one size more, and the large one is made once.
    assert made["screen"] == made["screen.avif"] == (2560, 58)
    assert "large.avif" not in made


def test_a_small_picture_is_never_enlarged():
    made = {
        one.name: (one.width, one.height) for one in prepare(encoded(meadow(200, 150)), options()).renditions
    }
    assert made.pop("card") == (200, 105)
    assert set(made.values()) == {(200, 150)}
    assert not {"large.webp", "preview.webp"} & made.keys()


@pytest.mark.rule("F-054")
def test_transparent_pictures_become_png_with_their_alpha():
    picture = meadow(mode="RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    for kind in ("PNG", "WEBP"):
        prepared = prepare(
            encoded(picture, kind, **({"lossless": True} if kind == "WEBP" else {})), options()
        )
        assert {one.media_type for one in plain(prepared)} == {"image/png"}
        for one in prepared.renditions:
            if one.name.partition(".")[0] != "card":
                alpha = opened(one.data).getchannel("A")
                assert alpha.tobytes() == picture.getchannel("A").tobytes() or one.media_type == "image/avif"


@pytest.mark.rule("C-008")
def test_a_light_png_stays_png_without_loss_and_a_heavy_one_becomes_jpeg():
    flat = Image.new("RGB", (400, 300), "white")
    flat.paste("navy", (50, 50, 200, 200))
    light = prepare(encoded(flat), options()).renditions[0]
    assert light.media_type == "image/png"
    assert opened(light.data).convert("RGB").tobytes() == flat.tobytes()
    heavy = prepare(encoded(grained((300, 400, 1))), options())
    assert {one.media_type for one in plain(heavy)} == {"image/jpeg"}


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
    made = [each["rendition"] for each in report.made]
    assert made == ["large", "preview", "small", "small.webp", "small.avif", "card"]
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


@pytest.mark.rule("C-003", "C-008")
@pytest.mark.parametrize(("colours", "engine"), [(16, "texture"), (200, "none"), (200, "external")])
def test_an_indexed_png_that_is_not_cloaked_stays_one_about_as_small_as_it_came(colours, engine):
    drawn = meadow(800, 600).quantize(colours)
    data = encoded(drawn, optimize=True)
    large = prepare(data, options(engine)).renditions[0]
    kept = opened(large.data)
    assert (large.media_type, kept.mode) == ("image/png", "P")
    assert kept.convert("RGB").tobytes() == drawn.convert("RGB").tobytes()
    assert len(large.data) < 1.03 * len(data) + 1000


def test_an_indexed_png_keeps_each_of_its_alphas():
    drawn = meadow(300, 200).quantize(40)
    data = encoded(drawn, transparency=bytes(range(0, 240, 6)), optimize=True)
    large = prepare(data, options("none")).renditions[0]
    assert opened(large.data).mode == "P"
    seen = np.asarray(opened(data).convert("RGBA"))
    assert np.array_equal(np.asarray(opened(large.data).convert("RGBA")), seen)


def test_what_is_exact_as_png_is_exact_as_webp_and_there_is_no_avif():
    drawn = Image.new("RGB", (900, 700), "white")
    for place in range(40):
        drawn.paste((place * 6, 40, 90), (place * 20, place * 15, place * 20 + 60, place * 15 + 40))
    made = {one.name: one for one in prepare(encoded(drawn), options("none")).renditions}
    assert "preview.avif" not in made
    assert opened(made["preview.webp"].data).convert("RGB").tobytes() == drawn.tobytes()
    assert len(made["preview.webp"].data) < len(made["preview"].data)


@pytest.mark.rule("C-008")
def test_the_change_of_a_cloak_survives_each_format_nearly_as_in_a_jpeg_of_quality_90():
    whole = Image.fromarray(np.asarray(meadow(2000, 1500)))
    pair = [
        picture.resize((1000, 750)) for picture in (whole, apply(whole, "texture", "strong", b"s").picture)
    ]
    grey = [np.asarray(picture.convert("L"), dtype=float) for picture in pair]
    change = grey[1] - grey[0]

    def kept(save):
        before, after = (
            np.asarray(opened(save(picture, marks({}))).convert("L"), dtype=float) for picture in pair
        )
        return float(((after - before) * change).sum() / (change * change).sum())

    usual = kept(lambda picture, _: encoded(picture, "JPEG", quality=90, subsampling="4:4:4"))
    assert usual > 0.5
    for media_type, save in SAVERS.items():
        assert kept(save) > 0.85 * usual, media_type


@pytest.mark.rule("F-058")
@pytest.mark.parametrize(
    ("focus", "size", "corner"),
    [
        ((0.0, 0.0), (2000, 2000), (0, 475)),
        ((0.0, 1.0), (2000, 2000), (0, 0)),
        ((0.0, -1.0), (2000, 2000), (0, 950)),
        ((1.0, 0.0), (3000, 630), (1800, 0)),
        ((-0.4, 0.0), (3000, 630), (300, 0)),
    ],
)
def test_the_card_beside_a_link_is_cut_around_the_focal_point(focus, size, corner):
    ramp = np.zeros((size[1], size[0], 3), np.uint8)
    ramp[..., 0] = np.linspace(0, 255, size[0])
    ramp[..., 1] = np.linspace(0, 255, size[1])[:, None]
    card = prepare(encoded(Image.fromarray(ramp), "JPEG"), options("none", focus=focus)).renditions[-1]
    assert (card.name, card.media_type, card.width, card.height) == ("card", "image/jpeg", 1200, 630)
    red, green, _ = opened(card.data).getpixel((0, 0))
    assert abs(red - int(ramp[corner[1], corner[0], 0])) < 4
    assert abs(green - int(ramp[corner[1], corner[0], 1])) < 4


def test_a_transparent_picture_stands_on_white_in_its_card():
    card = prepare(encoded(Image.new("RGBA", (1300, 700), (9, 9, 9, 0))), options()).renditions[-1]
    assert opened(card.data).getpixel((5, 5)) == (255, 255, 255)


def test_where_one_format_is_enough_no_other_and_no_card_is_made():
    names = [one.name for one in prepare(encoded(meadow(), "JPEG"), options(others=False)).renditions]
    assert names == ["large", "preview", "small"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_wide_gamut_stays_wide_in_every_format(kind):
    wide = profile().replace(b"sRGB built-in", b"wide built-in")
    for one in prepare(encoded(meadow(900, 700), kind, icc_profile=wide), options()).renditions:
        assert opened(one.data).info["icc_profile"] == wide, one.name
