"""The XMP packet that a file carries, as Pillow finds it: what readers of pictures in Python see."""

from io import BytesIO

from PIL import Image, UnidentifiedImageError


def packet(content: bytes) -> bytes | None:
    """The XMP packet of a JPEG, PNG, WebP or AVIF file; empty where it has none, None where it is no picture.

    Only the container is opened, no pixel is decoded.
    """
    try:
        with Image.open(BytesIO(content)) as picture:
            found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return found.encode() if isinstance(found, str) else bytes(found)
