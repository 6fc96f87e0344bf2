"""What kind of picture a file is, by its first bytes; needs no picture library."""

from media.errors import UnsupportedFormat

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
INSTEAD = {
    "image/gif": "GIF files are not taken yet: export the picture as PNG.",
    "image/avif": "AVIF files are not taken yet: export the picture as PNG, WebP or JPEG.",
    "image/heic": "HEIC files are not taken: export the picture as JPEG or PNG.",
}
UNKNOWN = "This file is not a JPEG, PNG or WebP picture. Its content decides, not its name."
_BRANDS = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"mif1": "image/heic"}
_STARTS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes of a file speak of, or None for all but known pictures."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12])
    return next((kind for start, kind in _STARTS.items() if data.startswith(start)), None)


def check(data: bytes) -> str:
    """The media type of a picture that is taken; raises UnsupportedFormat with what to export instead."""
    media_type = sniff(data)
    if media_type not in FORMATS:
        raise UnsupportedFormat(INSTEAD.get(media_type or "", UNKNOWN))
    return media_type
