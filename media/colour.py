"""Colour profiles: what to keep, and how other colour models become RGB."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms

from media.errors import TooLarge

PROFILE_BYTES = 4 * 1024 * 1024
_MODELS = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "L"}
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_NAME = 100  # characters
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
# A dateTimeNumber in the header (ICC.1:2022, 7.2.9): the first second of 2000.
_MADE, _MADE_ON = slice(24, 36), bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))


@dataclass(frozen=True)
class Coloured:
    """A picture in RGB or RGBA, the profile its numbers are in, that profile's name, and what was changed."""

    picture: Image.Image
    icc_profile: bytes | None
    name: str
    changed: tuple[str, ...] = ()


def in_rgb(picture: Image.Image, icc_profile: bytes | None) -> Coloured:
    """The picture as 8-bit RGB, or RGBA where some pixel is not opaque; an RGB profile is kept byte for byte.

    CMYK and grey pictures with a profile of their own are converted to sRGB. Raises TooLarge for a profile
    above 4 MiB. A profile that cannot be read, or that is for another colour model, is left out.
    """
    if icc_profile is not None and len(icc_profile) > PROFILE_BYTES:
        raise TooLarge("metadata", "The colour profile in this picture is larger than 4 MiB.")
    plain = _eight_bits(picture)
    profile = _readable(icc_profile)
    if profile is None or icc_profile is None:
        return _without_profile(plain, icc_profile)
    model = _MODELS.get(icc_profile[16:20])
    name = _named(profile)
    if model == "RGB" and plain.mode not in ("L", "LA", "CMYK"):
        return Coloured(_opaque_or_not(plain), icc_profile, name)
    if model == plain.mode:
        return _converted(plain, profile, name)
    return _without_profile(plain, icc_profile)


def _converted(picture: Image.Image, profile: ImageCms.ImageCmsProfile, name: str) -> Coloured:
    srgb = ImageCms.createProfile("sRGB")
    try:
        turned = ImageCms.profileToProfile(picture, profile, srgb, _INTENT, "RGB", flags=_FLAGS)
    except (ImageCms.PyCMSError, ValueError, OSError):
        return _without_profile(picture, profile.tobytes())
    assert turned is not None  # noqa: S101 — None comes only with inPlace
    changed = f"colours converted from {picture.mode} ({name}) to sRGB"
    return Coloured(turned, _dateless(ImageCms.ImageCmsProfile(srgb).tobytes()), name, (changed,))


def _dateless(icc_profile: bytes) -> bytes:
    """The profile with one fixed date: it would hold this second, and one picture must always give the same bytes."""
    return icc_profile[: _MADE.start] + _MADE_ON + icc_profile[_MADE.stop :]


def _without_profile(picture: Image.Image, icc_profile: bytes | None) -> Coloured:
    changed = ["colours converted from CMYK to RGB"] if picture.mode == "CMYK" else []
    if icc_profile is not None:
        changed.append("a colour profile that does not fit the picture was left out")
    return Coloured(_opaque_or_not(picture), None, "none", tuple(changed))


def _readable(icc_profile: bytes | None) -> ImageCms.ImageCmsProfile | None:
    if not icc_profile:
        return None
    try:
        return ImageCms.ImageCmsProfile(BytesIO(icc_profile))
    except (OSError, ImageCms.PyCMSError):
        return None


def _named(profile: ImageCms.ImageCmsProfile) -> str:
    try:
        words = ImageCms.getProfileDescription(profile).split()
    except ImageCms.PyCMSError:
        words = []
    return " ".join(words)[:_NAME] or "unnamed"


def _eight_bits(picture: Image.Image) -> Image.Image:
    """The same picture in one of L, LA, RGB, RGBA, CMYK."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in ("P", "PA"):
        see_through = picture.mode == "PA" or "transparency" in picture.info
        return picture.convert("RGBA" if see_through else "RGB")
    if "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else picture.convert("RGB")


def _opaque_or_not(picture: Image.Image) -> Image.Image:
    if picture.mode not in ("LA", "RGBA"):
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    whole = picture.getchannel("A").getextrema() == (255, 255)
    return picture.convert("RGB" if whole else "RGBA")
