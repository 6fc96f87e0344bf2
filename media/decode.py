"""From untrusted bytes to pixels: sniffed by content, limited before memory is taken, upright, in RGB."""

import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageFile, IptcImagePlugin

from media.colour import Coloured, in_rgb
from media.errors import BrokenPicture, TooLarge
from media.extent import BROKEN, Extent, extent
from media.sniff import FORMATS, check

ORIENTATION = 0x0112

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's readers raise on bytes that are not what they seem.
DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Limits:
    """The most that is read: bytes of the file, pixels of a picture, frames it may hold, and pixels over all of them."""

    bytes: int = 40 * 1024 * 1024
    pixels: int = 64_000_000
    frames: int = 600
    moving_pixels: int = 200_000_000


class Moving:
    """The frames of a picture that moves, upright in RGB or RGBA, each decoded when it is asked for.

    `times` are the milliseconds that each is shown for, `loop` how often all are, 0 for ever.
    """

    def __init__(self, picture: ImageFile.ImageFile, times: tuple[int, ...]) -> None:
        self.times = times
        self.loop = _loop(picture)
        self._picture = picture
        # A PNG may hold a picture for those who show no frames, which is none of them.
        self._first = 1 if picture.info.get("default_image") else 0
        self._profile = picture.info.get("icc_profile")
        self._turn = _TURNS.get(_whole(_exif(picture).get(ORIENTATION)))

    def __iter__(self) -> Iterator[Image.Image]:
        for number in range(len(self.times)):
            yield self.frame(number)

    def frame(self, number: int) -> Image.Image:
        """One frame; raises BrokenPicture. Quick only from one to the next."""
        try:
            self._picture.seek(self._first + number)
            self._picture.load()
        except DAMAGE as error:
            raise BrokenPicture(BROKEN) from error
        found = in_rgb(self._picture, self._profile).picture
        return _upright(found.copy() if found is self._picture else found, self._turn)


@dataclass(frozen=True)
class Decoded:
    """An upright RGB or RGBA picture, and the metadata that came with it, not yet judged.

    Of a picture that moves it is the first frame, and `moving` has them all.
    """

    picture: Image.Image
    media_type: str
    icc_profile: bytes | None
    profile: str
    changed: tuple[str, ...] = ()
    exif: Mapping[int, object] = field(default_factory=dict)
    xmp: bytes = b""
    iptc: Mapping[tuple[int, int], object] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    moving: Moving | None = None


def decode(data: bytes, limits: Limits | None = None) -> Decoded:
    """Read a JPEG, PNG, WebP, AVIF or GIF file whole.

    Raises UnsupportedFormat, BrokenPicture or TooLarge. The limits are held against the header, before memory
    for pixels is taken; a file that ends early is refused, of one that moves when its last frame is asked for.
    """
    bounds = limits or Limits()
    if len(data) > bounds.bytes:
        raise TooLarge("bytes", too_many_bytes(bounds))
    media_type = check(data)
    stated = extent(data, media_type)
    if stated is not None:
        _check_pixels((stated.width, stated.height), bounds)
        _check_frames(stated, bounds)
    picture = _opened(data, FORMATS[media_type])
    _check_pixels(picture.size, bounds)
    moving = _moving(picture, stated, bounds)
    try:
        picture.load()
    except DAMAGE as error:
        raise BrokenPicture(BROKEN) from error
    return _decoded(picture, media_type, moving)


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


def _check_frames(stated: Extent, limits: Limits) -> None:
    frames = len(stated.frames)
    if frames > limits.frames:
        sentence = f"This picture moves in {frames} frames; at most {limits.frames} are taken. Export a shorter loop."
        raise TooLarge("frames", sentence)
    pixels = stated.width * stated.height * frames
    if pixels > limits.moving_pixels:
        together = f"{frames} frames of {stated.width} × {stated.height} pixels are {pixels / 1_000_000:.0f} megapixels"
        most = f"at most {limits.moving_pixels / 1_000_000:.0f} are taken over all frames"
        raise TooLarge("frames", f"This picture moves: {together}; {most}. Export it smaller or shorter.")


def _moving(picture: ImageFile.ImageFile, stated: Extent | None, limits: Limits) -> Moving | None:
    """The frames, where the reader finds those that were counted; a JPEG never moves, though phones put pictures behind it."""
    try:
        found = getattr(picture, "n_frames", 1)
    except DAMAGE as error:
        raise BrokenPicture(BROKEN) from error
    if stated is None or found == 1:
        return None
    grows = picture.format == "GIF" and picture.size != (stated.width, stated.height)
    if grows or found - bool(picture.info.get("default_image")) != len(stated.frames):
        raise BrokenPicture(BROKEN)
    _check_frames(Extent(*picture.size, stated.frames), limits)
    return Moving(picture, stated.frames) if len(stated.frames) > 1 else None


def _decoded(picture: ImageFile.ImageFile, media_type: str, moving: Moving | None) -> Decoded:
    exif, profile = _exif(picture), picture.info.get("icc_profile")
    # The profile is converted first: a turned copy loses nothing, and the bigger modes are gone by then.
    coloured: Coloured = in_rgb(picture, profile)
    turn = _TURNS.get(_whole(exif.get(ORIENTATION)))
    turned = () if turn is None else ("turned upright",)
    return Decoded(
        media_type=media_type,
        icc_profile=coloured.icc_profile,
        profile=coloured.name,
        changed=coloured.changed + turned,
        exif=exif,
        xmp=_as_bytes(picture.info.get("xmp", b"")),
        iptc=_iptc(picture),
        text=_text(picture),
        moving=moving,
        # Last, since it may be the opened file itself, which then forgets all that was read above.
        picture=moving.frame(0) if moving else _upright(coloured.picture, turn),
    )


def _upright(picture: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    """The picture turned, with nothing beside its pixels: Pillow writes some of what it finds there back into files."""
    upright = picture if turn is None else picture.transpose(turn)
    upright.info.clear()
    return upright


def _loop(picture: ImageFile.ImageFile) -> int:
    """How often the frames are shown; a GIF says how often again, and AVIF nothing."""
    stated = picture.info.get("loop")
    if not isinstance(stated, int):
        return 0 if picture.format == "AVIF" else 1
    return stated + 1 if picture.format == "GIF" and stated else stated


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
