"""What kind of file this is, by its first bytes; needs no picture library."""

from typing import Final

from media.errors import UnsupportedFormat

FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/gif": "GIF",
}
ENOUGH: Final = 1024
"""Bytes of a file that tell all kinds apart."""

_VIDEO: Final = "Videos are not taken: export a short loop as animated WebP, PNG, AVIF or GIF."
INSTEAD: Final = {
    "image/heic": "HEIC files are not taken: export the picture as JPEG, AVIF or PNG.",
    "image/jxl": "JPEG XL files are not taken: export the picture as PNG, AVIF or JPEG.",
    "image/jp2": "JPEG 2000 files are not taken: export the picture as JPEG or PNG.",
    "image/tiff": "TIFF and camera raw files are not taken: export the picture as PNG or JPEG.",
    "image/bmp": "BMP files are not taken: export the picture as PNG.",
    "image/vnd.adobe.photoshop": "Photoshop files are not taken: export the picture as PNG or JPEG.",
    "image/x-xcf": "GIMP files are not taken: export the picture as PNG or JPEG.",
    "image/svg+xml": "SVG files are not taken: export the drawing as PNG, at the size it should be seen.",
    "application/pdf": "PDF and Illustrator files are not taken: export each page as PNG or JPEG.",
    "application/postscript": "PostScript files are not taken: export the picture as PNG or JPEG.",
    "application/zip": (
        "Archives, and files of drawing programs such as Krita or Procreate, are not taken: export the picture as PNG."
    ),
    "application/x-clip": "Clip Studio files are not taken: export the picture as PNG.",
    "video/mp4": _VIDEO,
    "video/webm": _VIDEO,
    "video/x-msvideo": _VIDEO,
    "video/mpeg": _VIDEO,
    "video/ogg": _VIDEO,
}
UNKNOWN: Final = "This file is not a JPEG, PNG, WebP, AVIF or GIF picture. Its content decides, not its name: export it as one of these."
_AVIF: Final = {b"avif", b"avis"}
_HEIC: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_VIDEOS: Final = (b"iso", b"mp4", b"avc", b"M4V", b"qt ", b"3gp", b"3g2", b"dash", b"MSNV", b"f4v", b"mmp4")
_RIFF: Final = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_STARTS: Final = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"II+\0": "image/tiff",
    b"MM\0+": "image/tiff",
    b"8BPS": "image/vnd.adobe.photoshop",
    b"gimp xcf": "image/x-xcf",
    b"\xff\x0a": "image/jxl",
    b"\0\0\0\x0cJXL \r\n\x87\n": "image/jxl",
    b"\0\0\0\x0cjP  \r\n\x87\n": "image/jp2",
    b"\xff\x4f\xff\x51": "image/jp2",
    b"%PDF-": "application/pdf",
    b"%!PS": "application/postscript",
    b"\xc5\xd0\xd3\xc6": "application/postscript",
    b"PK\x03\x04": "application/zip",
    b"CSFCHUNK": "application/x-clip",
    b"\x1a\x45\xdf\xa3": "video/webm",
    b"OggS": "video/ogg",
    b"\0\0\x01\xba": "video/mpeg",
    b"BM": "image/bmp",
}


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes of a file speak of, or None where they say nothing."""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _boxed(data)
    if is_drawing(data[:ENOUGH]):
        return "image/svg+xml"
    return next((kind for start, kind in _STARTS.items() if data.startswith(start)), None)


def _boxed(data: bytes) -> str | None:
    """A file in boxes says which kinds it is compatible with; AVIF may stand behind a general one (ISO 23008-12)."""
    end = min(int.from_bytes(data[:4], "big"), ENOUGH)
    brands = [data[8:12], *(data[place : place + 4] for place in range(16, end, 4))]
    if brands[0] in _AVIF or (brands[0] in (b"mif1", b"msf1") and not _AVIF.isdisjoint(brands)):
        return "image/avif"
    if brands[0] in _HEIC:
        return "image/heic"
    return "video/mp4" if brands[0].startswith(_VIDEOS) else None


def is_drawing(start: bytes) -> bool:
    """Whether a text begins like an SVG document."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith(b"<svg") or (
        text.startswith((b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in text
    )


def check(data: bytes) -> str:
    """The media type of a picture that is taken; raises UnsupportedFormat with what to export instead."""
    media_type = sniff(data)
    if media_type not in FORMATS:
        raise UnsupportedFormat(INSTEAD.get(media_type or "", UNKNOWN))
    return media_type
