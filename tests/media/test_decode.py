"""Untrusted bytes become upright pixels, or a sentence."""

import resource
import struct
import tracemalloc

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from media.decode import Limits, decode
from media.errors import BrokenPicture, MediaError, TooLarge, UnsupportedFormat
from media.sniff import sniff
from tests.media.pictures import FORMATS, chunk, encoded, meadow, png_header, webp_header


@pytest.mark.parametrize(("media_type", "kind"), FORMATS.items())
def test_jpeg_png_and_webp_are_known_by_their_content_and_read(media_type, kind):
    data = encoded(meadow(), kind)
    assert sniff(data) == media_type
    decoded = decode(data)
    assert (decoded.media_type, decoded.picture.size, decoded.picture.mode) == (media_type, (480, 320), "RGB")


@pytest.mark.threat("MED-01")
@pytest.mark.parametrize(
    "kind", ["GIF", "AVIF", "TIFF", "BMP", "PPM", "TGA", "ICO", "PDF", "EPS", "JPEG2000", "DDS"]
)
def test_every_other_format_that_pillow_writes_is_refused(kind):
    with pytest.raises(UnsupportedFormat):
        decode(encoded(meadow(), kind))


@pytest.mark.parametrize("kind", ["GIF", "AVIF"])
def test_gif_and_avif_are_refused_with_the_format_to_export_instead(kind):
    with pytest.raises(UnsupportedFormat, match="export the picture as PNG"):
        decode(encoded(meadow(), kind))


@pytest.mark.threat("MED-02")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just some words",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><p>",
        b"\x1f\x8b\x08",
    ],
)
def test_text_svg_and_html_are_refused_whatever_they_are_called(data):
    with pytest.raises(UnsupportedFormat, match="not a JPEG, PNG or WebP") as refused:
        decode(data)
    assert refused.value.kind == "unsupported"
    assert refused.value.sentence == str(refused.value)


def test_heic_is_refused_by_its_name_and_other_boxed_files_are_unknown():
    with pytest.raises(UnsupportedFormat, match="HEIC"):
        decode(b"\0\0\0\x18ftypheic" + bytes(40))
    assert sniff(b"\0\0\0\x18ftypisom") is None


@pytest.mark.parametrize("kind", FORMATS.values())
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_picture_is_refused_with_a_clear_sentence(kind, part):
    data = encoded(meadow(), kind)
    with pytest.raises(BrokenPicture, match="damaged or cut off"):
        decode(data[: int(len(data) * part)])


@pytest.mark.parametrize(
    "start", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPJUNK"]
)
def test_a_right_start_before_nonsense_is_refused(start):
    with pytest.raises(BrokenPicture):
        decode(start + b"nonsense " * 20)


@pytest.mark.threat("MED-08")
@pytest.mark.parametrize("kind", FORMATS.values())
def test_mutated_files_are_read_or_refused_and_nothing_else(kind):
    data, random = encoded(meadow(160, 130), kind), np.random.default_rng(7)
    for _ in range(150):
        mutated = bytearray(data)
        for place in random.integers(0, len(data), 6):
            mutated[place] = int(random.integers(0, 256))
        try:
            decode(bytes(mutated))
        except MediaError as error:
            assert error.sentence  # noqa: PT017 — both outcomes are right


@pytest.mark.threat("MED-05")
@pytest.mark.parametrize(
    "size", [(9000, 9000), (12000, 12000), (14000, 14000), (20000, 10000), (1, 100_000_000)]
)
def test_a_picture_bomb_is_refused_from_its_header_before_memory_is_taken(size):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    with pytest.raises(TooLarge) as refused:
        decode(png_header(*size))
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.what == "pixels"
    assert taken < 1024 * 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


@pytest.mark.threat("MED-05")
@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_a_webp_bomb_is_refused_before_libwebp_sees_it(kind):
    with pytest.raises(TooLarge, match="16000 × 16000"):
        decode(webp_header(kind, 16000, 16000))


@pytest.mark.threat("MED-05")
def test_a_jpeg_bomb_is_refused_from_its_header():
    data = bytearray(encoded(meadow(), "JPEG"))
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", 60000, 60000)
    with pytest.raises(TooLarge):
        decode(bytes(data))


def test_the_limit_on_pixels_is_inclusive():
    data = encoded(meadow(200, 100))
    assert decode(data, Limits(pixels=20_000)).picture.size == (200, 100)
    with pytest.raises(TooLarge, match="200 × 100"):
        decode(data, Limits(pixels=19_999))


def test_a_file_over_the_limit_on_bytes_is_refused():
    with pytest.raises(TooLarge, match="larger than 1 MiB") as refused:
        decode(bytes(1024 * 1024 + 1), Limits(bytes=1024 * 1024))
    assert refused.value.what == "bytes"


@pytest.mark.threat("MED-06")
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind):
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "green")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    with pytest.raises(TooLarge, match=r"moves \(3 frames\)"):
        decode(data)


def test_a_jpeg_with_a_second_picture_behind_it_is_read_as_its_first():
    first, second = meadow(), meadow(64, 64)
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert decode(data).picture.size == first.size


@pytest.mark.threat("MED-07")
def test_compressed_text_that_unpacks_to_megabytes_is_refused():
    import_bomb = PngInfo()
    import_bomb.add_text("Comment", "x" * 3_000_000, zip=True)
    with pytest.raises(BrokenPicture):
        decode(encoded(meadow(), "PNG", pnginfo=import_bomb))


@pytest.mark.threat("MED-07")
def test_a_colour_profile_of_many_megabytes_is_refused():
    with pytest.raises(TooLarge) as refused:
        decode(encoded(meadow(), "JPEG", icc_profile=bytes(5 * 1024 * 1024)))
    assert refused.value.what == "metadata"


@pytest.mark.threat("MED-07")
def test_ten_thousand_jpeg_segments_do_no_harm():
    data = encoded(meadow(), "JPEG")
    segments = b"\xff\xe5\x00\x04ab" * 10_000
    assert decode(data[:2] + segments + data[2:]).picture.size == (480, 320)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(orientation):
    corner = Image.new("RGB", (32, 16), "white")
    corner.paste("black", (0, 0, 16, 8))
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(orientation)  # the inverse of each
    as_stored = corner if turn is None else corner.transpose(Image.Transpose(turn))
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode(encoded(as_stored, "PNG", exif=exif.tobytes()))
    assert decoded.picture.size == (32, 16)
    assert np.array_equal(np.asarray(decoded.picture), np.asarray(corner))
    assert (decoded.changed == ()) == (orientation == 1)


@pytest.mark.threat("MED-07")
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0garbage",
        b"Exif\0\0II*\0\x08\0\0\0" + b"\xff" * 40,
        b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\0\0\0\0",
    ],
)
def test_broken_and_recursive_exif_is_left_out(exif):
    assert decode(
        encoded(meadow(), "PNG")[:33] + chunk(b"eXIf", exif) + encoded(meadow(), "PNG")[33:]
    ).picture.size == (480, 320)


def test_nothing_of_the_file_stays_with_the_pixels():
    data = encoded(meadow(), "JPEG", comment=b"a secret comment", dpi=(300, 300))
    decoded = decode(data)
    assert decoded.picture.info == {}
    assert "secret" in decoded.text["Comment"]


def test_a_webp_of_a_dozen_bytes_is_refused():
    with pytest.raises(BrokenPicture):
        decode(b"RIFF\0\0\0\0WEBPVP8 ")
