"""A picture that moves goes on moving, and stands still where it is small."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from media.errors import BrokenPicture
from media.pipeline import MOVES, prepare
from tests.media.pictures import MOVING, encoded, meadow, opened, options, profile, reel, xmp

MARKS = {"xmpRights:Marked": "True", "dc:creator": ["Account"]}


def sizes(data, engine="texture", **others):
    prepared = prepare(data, options(engine, MARKS, **others))
    return {one.name: one for one in prepared.renditions}, prepared


@pytest.mark.rule("C-003", "C-007", "P-130", "P-131")
@pytest.mark.parametrize("kind", MOVING)
def test_a_picture_that_moves_is_made_into_one_animated_webp_and_a_still(kind):
    made, prepared = sizes(
        reel(
            kind, 4, (400, 300), duration=[40, 60, 80, 100], loop=0, xmp=xmp("<a/>") if kind != "GIF" else b""
        )
    )
    assert [made[name].media_type for name in ("large", "preview", "small", "card")] == [
        "image/webp",
        "image/webp",
        "image/png" if kind == "PNG" else "image/jpeg",
        "image/jpeg",
    ]
    assert made["large"].data == made["preview"].data
    moving = Image.open(BytesIO(made["large"].data))
    assert (moving.n_frames, moving.size, moving.info["loop"]) == (4, (400, 300), 0)
    assert b"<rdf:li>Account</rdf:li>" in moving.info["xmp"]
    times = []
    for number in range(4):
        moving.seek(number)
        moving.load()
        times.append(moving.info["duration"])
    assert times == [40, 60, 80, 100]
    assert getattr(opened(made["small"].data), "n_frames", 1) == 1
    assert (prepared.width, prepared.height) == (400, 300)
    report = prepared.report
    assert (report.cloak["engine"], report.cloak["reason"]) == ("none", MOVES)
    assert (report.came["frames"], report.came["seconds"]) == (4, 0.28)


def test_what_its_artist_cloaked_stays_named_so():
    _, prepared = sizes(reel("GIF"), "external")
    assert (prepared.report.cloak["engine"], prepared.report.cloak["reason"]) == ("external", "")


def test_a_large_one_moves_in_two_sizes():
    made, _ = sizes(reel("WEBP", 3, (1500, 400)))
    assert [(made[name].width, made[name].height) for name in ("large", "preview")] == [
        (1500, 400),
        (1080, 288),
    ]
    assert Image.open(BytesIO(made["preview"].data)).n_frames == 3
    assert not {"screen", "large.webp", "preview.avif"} & made.keys()


def test_pixels_of_a_gif_stay_exact_where_that_is_light():
    frames = [Image.new("RGB", (200, 150), "navy") for _ in range(5)]
    for number, frame in enumerate(frames):
        frame.paste("orange", (number * 20, 40, number * 20 + 30, 70))
    made, _ = sizes(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=90, loop=0))
    moving = Image.open(BytesIO(made["large"].data))
    for number, frame in enumerate(frames):
        moving.seek(number)
        assert moving.convert("RGB").tobytes() == frame.tobytes()


def test_a_gif_that_is_smaller_than_the_webp_stays_one_written_anew():
    """Noise in a palette of few colours: an exact WebP is larger, and one with loss by far."""
    random, frames = np.random.default_rng(3), []
    for _ in range(3):
        frame = Image.fromarray(random.integers(0, 2, (90, 90), dtype=np.uint8))
        frame.putpalette(bytes((250, 20, 20, 20, 20, 250)))
        frames.append(frame)
    data = encoded(
        frames[0],
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[70, 80, 90],
        loop=2,
        comment=b"MARKER",
        optimize=True,
    )
    many = {"dc:rights": "All reserved. " * 200}
    one = prepare(data, options(marks=many)).renditions[0]
    assert (one.media_type, len(one.data) <= len(data) + 100) == ("image/gif", True)
    assert b"MARKER" not in one.data
    again = Image.open(BytesIO(one.data))
    assert (again.n_frames, again.info["loop"]) == (3, 2)
    for number, frame in enumerate(frames):
        again.seek(number)
        assert again.convert("RGB").tobytes() == frame.convert("RGB").tobytes()


def test_transparency_and_the_colour_profile_stay():
    frames = [Image.new("RGBA", (300, 200), (200, 30, 30, 0)) for _ in range(3)]
    for number, frame in enumerate(frames):
        frame.paste((20, 20, 200, 130), (number * 40, 20, number * 40 + 60, 120))
    for kind in ("PNG", "WEBP"):
        data = encoded(
            frames[0], kind, save_all=True, append_images=frames[1:], duration=80, icc_profile=profile()
        )
        made, prepared = sizes(data)
        moving = Image.open(BytesIO(made["large"].data))
        assert moving.info["icc_profile"] == profile()
        assert moving.convert("RGBA").getpixel((30, 60))[3] == 130
        assert moving.convert("RGBA").getpixel((290, 190))[3] == 0
        assert made["small"].media_type == "image/png"
        assert "colour profile" in prepared.report.kept


def test_frames_are_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    made, prepared = sizes(reel("WEBP", 3, (300, 160), exif=exif.tobytes()))
    assert Image.open(BytesIO(made["large"].data)).size == (160, 300)
    assert "turned upright" in prepared.report.changed


def test_one_that_is_cut_off_in_a_later_frame_is_refused():
    data = reel("GIF", 12, (300, 200))
    with pytest.raises(BrokenPicture):
        prepare(data[: len(data) - 400], options())


def test_progress_only_rises_and_the_same_upload_gives_the_same_bytes():
    heard: list[int] = []
    first = prepare(reel("GIF"), options(), lambda _, percent: heard.append(percent))
    assert heard == sorted(heard)
    assert [one.sha256 for one in prepare(reel("GIF"), options()).renditions] == [
        one.sha256 for one in first.renditions
    ]
    still = prepare(encoded(meadow(900, 700), "JPEG"), options())
    assert still.renditions == prepare(encoded(meadow(900, 700), "JPEG"), options()).renditions
