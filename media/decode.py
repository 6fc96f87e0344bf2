"""From untrusted bytes to pixels: sniffed by content, limited before memory is taken, upright, in RGB."""

import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageFile, IptcImagePlugin

from media.colour import in_rgb
from media.errors import BrokenPicture, TooLarge
from media.sniff import FORMATS, check

ORIENTATION = 0x0112
BROKEN = "This picture is damaged or cut off: it cannot be read to its end. Export it again."

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's three readers raise on bytes that are not what they seem.
DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Limits:
    """The most that is read: bytes of the file, pixels of the picture, frames it may hold."""

    bytes: int = 40 * 1024 * 1024
    pixels: int = 64_000_000
    frames: int = 1


@dataclass(frozen=True)
class Decoded:
    """An upright RGB or RGBA picture, and the metadata that came with it, not yet judged."""

    picture: Image.Image
    media_type: str
    icc_profile: bytes | None
    profile: str
    changed: tuple[str, ...] = ()
    exif: Mapping[int, object] = field(default_factory=dict)
    xmp: bytes = b""
    iptc: Mapping[tuple[int, int], object] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)


def decode(data: bytes, limits: Limits | None = None) -> Decoded:
    """Read a JPEG, PNG or WebP file whole.

    Raises UnsupportedFormat, BrokenPicture or TooLarge. The limits are held against the header, before memory
    for pixels is taken; a file that ends early is refused.
    """
    bounds = limits or Limits()
    if len(data) > bounds.bytes:
        raise TooLarge("bytes", too_many_bytes(bounds))
    media_type = check(data)
    if media_type == "image/webp":
        _check_pixels(_webp_size(data), bounds)
    with _opened(data, FORMATS[media_type]) as picture:
        _check_pixels(picture.size, bounds)
        _check_frames(picture, media_type, bounds)
        try:
            picture.load()
        except DAMAGE as error:
            raise BrokenPicture(BROKEN) from error
        return _decoded(picture, media_type)


def too_many_bytes(limits: Limits) -> str:
    """The sentence for a file above the limit."""
    return f"This file is larger than {limits.bytes / 1024 / 1024:.0f} MiB."


def _opened(data: bytes, kind: str) -> ImageFile.ImageFile:
    """The file with its header read and no pixel yet; Pillow's own pixel warnings count as refusals."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning)
        try:
            return Image.open(BytesIO(data), formats=[kind])
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooLarge("pixels", "This picture has too many pixels to be opened safely.") from error
        except DAMAGE as error:
            raise BrokenPicture(BROKEN) from error


def _check_pixels(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width * height > limits.pixels:
        most = limits.pixels / 1_000_000
        sentence = f"This picture has {width} × {height} pixels; at most {most:.0f} megapixels are taken."
        raise TooLarge("pixels", sentence)


def _check_frames(picture: Image.Image, media_type: str, limits: Limits) -> None:
    # A JPEG never moves; phones put a second picture behind the first, and only the first is read.
    frames = 1 if media_type == "image/jpeg" else getattr(picture, "n_frames", 1)
    if frames > limits.frames:
        sentence = (
            f"This picture moves ({frames} frames). Moving pictures are not taken yet: export one frame."
        )
        raise TooLarge("frames", sentence)


def _webp_size(data: bytes) -> tuple[int, int]:
    """The size that the first chunk states (RFC 9649, sections 2.5 to 2.7): libwebp takes its memory on opening."""
    if len(data) < 30:
        raise BrokenPicture(BROKEN)
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise BrokenPicture(BROKEN)


def _decoded(picture: ImageFile.ImageFile, media_type: str) -> Decoded:
    exif, profile = _exif(picture), picture.info.get("icc_profile")
    # The profile is converted first: a turned copy loses nothing, and the bigger modes are gone by then.
    coloured = in_rgb(picture, profile)
    turn = _TURNS.get(_whole(exif.get(ORIENTATION)))
    upright = coloured.picture if turn is None else coloured.picture.transpose(turn)
    turned = () if turn is None else ("turned upright",)
    decoded = Decoded(
        picture=upright,
        media_type=media_type,
        icc_profile=coloured.icc_profile,
        profile=coloured.name,
        changed=coloured.changed + turned,
        exif=exif,
        xmp=_as_bytes(picture.info.get("xmp", b"")),
        iptc=_iptc(picture),
        text=_text(picture),
    )
    upright.info.clear()  # Pillow writes some of what it finds here back into files: comments, resolution
    return decoded


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _as_bytes(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else b""


def _exif(picture: Image.Image) -> dict[int, object]:
    """The first directory alone; what lies deeper (place, camera, thumbnail) is known by its pointer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dict(picture.getexif())
        except DAMAGE:
            return {}


def _iptc(picture: ImageFile.ImageFile) -> dict[tuple[int, int], object]:
    try:
        return dict(IptcImagePlugin.getiptcinfo(picture) or {})
    except DAMAGE:
        return {}


def _text(picture: Image.Image) -> dict[str, str]:
    notes = {str(key): str(value) for key, value in getattr(picture, "text", {}).items()}
    comment = picture.info.get("comment")
    return notes | ({"Comment": repr(comment)} if comment else {})
