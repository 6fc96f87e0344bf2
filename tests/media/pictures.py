"""Pictures drawn by code, and the containers around them, for the tests of media."""

import struct
import zlib
from collections.abc import Mapping
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms, ImageDraw

from media.pipeline import Options, Prepared
from media.variants import Rendition

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/gif": "GIF",
}
MOVING = ("GIF", "WEBP", "PNG", "AVIF")


def meadow(width: int = 480, height: int = 320, mode: str = "RGB") -> Image.Image:
    """A flat sky in the upper half, many strokes of grass in the lower."""
    random, picture = np.random.default_rng(3), Image.new("RGB", (width, height), (120, 160, 220))
    draw = ImageDraw.Draw(picture)
    for _ in range(width * height // 60):
        x, y = int(random.integers(0, width)), int(random.integers(int(height * 0.6), height))
        green = int(random.integers(60, 200))
        draw.line(
            (x, y, x + int(random.integers(-6, 7)), y - 16), fill=(green // 2, green, green // 3), width=2
        )
    return picture.convert(mode)


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def reel(
    kind: str, count: int = 3, size: tuple[int, int] = (64, 64), mode: str = "RGB", **options: object
) -> bytes:
    """A picture that moves: a bar across many colours, a bit further in each frame."""
    frames = [Image.linear_gradient("L").resize(size).convert(mode) for _ in range(count)]
    for number, frame in enumerate(frames):
        colour = (number * 7 % 256, number // 256, 200, 255)[: len(frame.getbands())]
        frame.paste(colour, (number % size[0], 0, number % size[0] + 8, size[1]))
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **{"duration": 40, **options})


def opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that states a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + body + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def webp_header(kind: bytes, width: int, height: int) -> bytes:
    """A WebP whose first chunk states a size, and nothing after it."""
    if kind == b"VP8X":
        body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + bytes(8)
    else:
        body = bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(8)
    inner = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inner) + 4) + b"WEBP" + inner


@cache
def profile() -> bytes:
    """An sRGB profile; it holds the second it was made in, so one is made for all."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def grey_profile() -> bytes:
    """The smallest grey profile (ICC.1:2001-04): a linear curve, so that the conversion shows."""
    white = b"XYZ \0\0\0\0" + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    name = b"desc\0\0\0\0" + struct.pack(">I", 12) + b"linear grey\0" + bytes(78) + bytes(2)
    tags = {
        b"desc": name,
        b"wtpt": white,
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 0x0100) + bytes(2),
    }
    table, body, place = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", place + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", place + len(body), bytes(4), 0x02100000, b"mntr", b"GRAY", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + white[8:] + bytes(48)
    return header + table + body


def xmp(inside: str, before: str = "") -> bytes:
    return (
        f'{before}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#" '
        'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f'<rdf:Description rdf:about="">{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def options(engine: str = "texture", marks: Mapping[str, object] | None = None, **others: object) -> Options:
    given: dict[str, object] = {"strength": "standard", "secret": b"one secret", **others}
    return Options(marks=marks or {}, engine=engine, **given)


def plain(prepared: Prepared) -> list[Rendition]:
    """The sizes as apps and other servers get them."""
    return [one for one in prepared.renditions if one.name in ("large", "screen", "preview", "small")]
