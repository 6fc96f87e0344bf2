"""How large a picture says it is, without a picture library."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media.dimensions import NOTHING, dimensions

SIZES = ((96, 64), (1, 1), (300, 1000))


def saved(size: tuple[int, int], kind: str, **options: object) -> bytes:
    out = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": b"Exif\0\0" + bytes(60_000), "icc_profile": bytes(60_000), "comment": b"x" * 900}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"icc_profile": bytes(200)}),
    ],
)
def test_the_header_tells_the_size(size: tuple[int, int], kind: str, options: dict[str, object]) -> None:
    data = saved(size, kind, **options)
    assert dimensions(BytesIO(data), f"image/{kind.lower()}") == size


@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG", "WEBP"])
def test_of_a_file_that_ends_too_early_nothing_is_known(kind: str) -> None:
    data = saved((96, 64), kind)
    for length in range(9):
        assert dimensions(BytesIO(data[:length]), f"image/{kind.lower()}") == NOTHING
    assert dimensions(BytesIO(data), "image/avif") == NOTHING


@given(st.binary(max_size=300), st.sampled_from(["png", "gif", "jpeg", "webp", "avif"]))
def test_whatever_a_file_holds_it_is_no_error(data: bytes, kind: str) -> None:
    for begun in (data, b"\xff\xd8" + data, b"RIFF....WEBPVP8L" + data):
        width, height = dimensions(BytesIO(begun), f"image/{kind}")
        assert width >= 0
        assert height >= 0
