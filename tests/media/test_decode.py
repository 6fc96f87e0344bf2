"""Untrusted bytes become upright pixels, or a sentence."""

import resource
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from media.decode import Limits, decode
from media.errors import BrokenPicture, MediaError, TooLarge, UnsupportedFormat
from media.sniff import sniff
from tests.media.pictures import FORMATS, MOVING, chunk, encoded, meadow, png_header, reel, webp_header


@pytest.mark.parametrize(("media_type", "kind"), FORMATS.items())
def test_five_formats_are_known_by_their_content_and_read(media_type, kind):
    data = encoded(meadow(), kind)
    assert sniff(data) == media_type
    decoded = decode(data)
    assert (decoded.media_type, decoded.picture.size, decoded.picture.mode) == (media_type, (480, 320), "RGB")


@pytest.mark.threat("MED-01")
@pytest.mark.parametrize("kind", ["TIFF", "BMP", "PPM", "TGA", "ICO", "PDF", "EPS", "JPEG2000", "DDS"])
def test_every_other_format_that_pillow_writes_is_refused(kind):
    with pytest.raises(UnsupportedFormat, match="export"):
        decode(encoded(meadow(), kind))


@pytest.mark.threat("MED-01", "MED-02")
@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC .* JPEG, AVIF or PNG"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL .* PNG"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"II*\0\x08\0\0\0", "TIFF and camera raw"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"gimp xcf v011", "GIMP"),
        (b"BM\x36\0\x0c", "BMP"),
        (b"%PDF-1.7", "PDF and Illustrator"),
        (b"%!PS-Adobe-3.0 EPSF", "PostScript"),
        (b"PK\x03\x04....mimetypeapplication/x-krita", "Krita or Procreate"),
        (b"CSFCHUNK", "Clip Studio"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "Videos .* animated WebP"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "Videos"),
        (b"\x1a\x45\xdf\xa3\x01", "Videos"),
        (b"RIFF\0\0\0\0AVI LIST", "Videos"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG .* PNG"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><!-- drawn by hand -->\n<svg/>", "SVG"),
    ],
)
def test_a_format_that_is_known_is_refused_with_what_to_export_instead(start, words):
    with pytest.raises(UnsupportedFormat, match=words):
        decode(start + bytes(80))


@pytest.mark.threat("MED-02")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just some words",
        b"<!doctype html><p>",
        b"<?xml version='1.0'?><html/>",
        b"\x1f\x8b\x08",
        b"RIFF",
    ],
)
def test_text_and_html_are_refused_whatever_they_are_called(data):
    with pytest.raises(UnsupportedFormat, match="not a JPEG, PNG, WebP, AVIF or GIF") as refused:
        decode(data)
    assert refused.value.kind == "unsupported"
    assert refused.value.sentence == str(refused.value)


def test_avif_may_stand_behind_a_general_name_and_other_boxed_files_are_unknown():
    assert sniff(b"\0\0\0\x1cftypmif1\0\0\0\0miafavif" + bytes(20)) == "image/avif"
    assert sniff(b"\0\0\0\x18ftypcrx " + bytes(20)) is None


@pytest.mark.parametrize("kind", FORMATS.values())
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_picture_is_refused_with_a_clear_sentence(kind, part):
    data = encoded(meadow(), kind)
    with pytest.raises(BrokenPicture, match="damaged or cut off"):
        decode(data[: int(len(data) * part)])


@pytest.mark.threat("MED-07")
@pytest.mark.parametrize("kind", MOVING)
def test_a_truncated_picture_that_moves_is_refused_at_the_latest_at_its_last_frame(kind):
    data = reel(kind, 12)
    for part in (0.3, 0.7, 0.95):
        with pytest.raises(BrokenPicture, match="damaged or cut off"):
            list(decode(data[: int(len(data) * part)]).moving or [])


@pytest.mark.parametrize(
    "start",
    [
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"RIFF\0\0\0\0WEBPJUNK",
        b"\0\0\0\x1cftypavif",
        b"GIF89a\x10\0\x10\0\x80",
    ],
)
def test_a_right_start_before_nonsense_is_refused(start):
    with pytest.raises(BrokenPicture):
        decode(start + b"nonsense " * 20)


@pytest.mark.threat("MED-08")
@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("kind", FORMATS.values())
def test_mutated_files_are_read_or_refused_and_nothing_else(kind, moves):
    if moves and kind not in MOVING:
        return
    data = reel(kind, 4) if moves else encoded(meadow(160, 130), kind)
    random = np.random.default_rng(7)
    for _ in range(150):
        mutated = bytearray(data)
        for place in random.integers(0, len(data), 6):
            mutated[place] = int(random.integers(0, 256))
        try:
            list(decode(bytes(mutated)).moving or [])
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


@pytest.mark.threat("MED-05")
@pytest.mark.parametrize("size", [(16000, 16000), (1, 100_000_000)])
def test_an_avif_bomb_and_a_gif_bomb_are_refused_from_their_headers(size):
    avif = bytearray(encoded(meadow(), "AVIF"))
    place = avif.index(b"ispe") + 8
    avif[place : place + 8] = struct.pack(">II", *size)
    gif = bytearray(encoded(meadow(), "GIF"))
    gif[6:10] = struct.pack("<HH", *(min(length, 65535) for length in size))
    if size[1] < 65536:
        with pytest.raises(TooLarge, match="16000 × 16000"):
            decode(bytes(gif))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge) as refused:
        decode(bytes(avif))
    assert refused.value.what == "pixels"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


@pytest.mark.parametrize("kind", MOVING)
def test_a_picture_that_moves_is_read_frame_by_frame(kind):
    data = reel(kind, duration=[40, 70, 1000], loop=2 if kind == "WEBP" else 0)
    decoded = decode(data)
    assert decoded.moving.times == (40, 70, 1000)
    assert decoded.moving.loop == (2 if kind == "WEBP" else 0)
    assert decoded.picture.tobytes() == decoded.moving.frame(0).tobytes()
    frames = list(decoded.moving)
    assert [frame.size for frame in frames] == [(64, 64)] * 3
    assert len({frame.tobytes() for frame in frames}) == 3
    assert all(frame.info == {} for frame in frames)


def test_how_often_a_picture_is_shown_is_read_from_every_format():
    once = {"GIF": {}, "PNG": {"loop": 1}, "WEBP": {"loop": 1}}
    assert [decode(reel(kind, **how)).moving.loop for kind, how in once.items()] == [1, 1, 1]
    # A GIF says how often again.
    assert decode(reel("GIF", loop=2)).moving.loop == 3


def test_frames_that_hardly_last_are_shown_as_long_as_browsers_show_them():
    assert decode(reel("GIF", duration=0)).moving.times == (100, 100, 100)
    assert decode(reel("WEBP", duration=[10, 20, 30])).moving.times == (100, 20, 30)


def test_the_picture_that_a_moving_png_holds_for_old_readers_is_none_of_its_frames():
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("black", "red", "blue")]
    data = encoded(frames[0], save_all=True, append_images=frames[1:], default_image=True)
    assert [frame.getpixel((0, 0)) for frame in decode(data).moving] == [(255, 0, 0), (0, 0, 255)]
    assert decode(data).picture.getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("kind", MOVING)
def test_one_frame_alone_does_not_move(kind):
    assert decode(reel(kind, 1)).moving is None


@pytest.mark.threat("MED-06")
@pytest.mark.parametrize("kind", MOVING)
def test_more_than_six_hundred_frames_are_refused_before_any_is_decoded(kind, monkeypatch):
    data = reel(kind, 601, (16, 16))
    assert len(decode(reel(kind, 600, (16, 16))).moving.times) == 600
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("the file was opened"))
    with pytest.raises(TooLarge, match="moves in 601 frames; at most 600") as refused:
        decode(data)
    assert refused.value.what == "frames"


@pytest.mark.threat("MED-06")
@pytest.mark.parametrize("kind", MOVING)
def test_more_than_two_hundred_megapixels_over_all_frames_are_refused_before_any_is_decoded(
    kind, monkeypatch
):
    data = bytearray(reel(kind, 20))
    big = {
        "GIF": (6, struct.pack("<HH", 4000, 4000)),
        "PNG": (16, struct.pack(">II", 4000, 4000)),
        "WEBP": (24, (3999).to_bytes(3, "little") * 2),
        "AVIF": (data.find(b"ispe") + 8, struct.pack(">II", 4000, 4000)),
    }
    place, size = big[kind]
    data[place : place + len(size)] = size
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("the file was opened"))
    with pytest.raises(TooLarge, match="20 frames of 4000 × 4000 pixels are 320 megapixels; at most 200"):
        decode(bytes(data))


@pytest.mark.threat("MED-06")
@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a\1\0\1\0\0\0\0" + bytes(8_000_000),
        b"GIF89a\1\0\1\0\0\0\0!\xfe" + b"\1a" * 4_000_000,
        encoded(meadow(8, 8))[:33] + chunk(b"teSt", b"") * 500_000,
    ],
    ids=["zeros", "pieces of one byte", "empty chunks"],
)
def test_a_file_of_endless_small_pieces_is_not_walked_to_its_end(data):
    with pytest.raises(BrokenPicture):
        decode(data)


@pytest.mark.threat("MED-06")
def test_frames_that_are_counted_otherwise_than_they_are_read_are_refused():
    png = bytearray(reel("PNG"))
    place = png.index(b"acTL")
    png[place + 4 : place + 8] = (2).to_bytes(4, "big")
    png[place + 12 : place + 16] = zlib.crc32(png[place : place + 12]).to_bytes(4, "big")
    gif = bytearray(reel("GIF"))
    place = gif.index(b",", gif.index(b"\xf9", gif.index(b"\xf9") + 1))
    gif[place + 1 : place + 3] = (40).to_bytes(2, "little")
    for data in (png, gif):
        with pytest.raises(BrokenPicture):
            decode(bytes(data))


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
