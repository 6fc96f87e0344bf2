"""What is read from an upload's metadata, what of it is kept, and what is dropped."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from media import xmp
from media.decode import ORIENTATION, Decoded

ARTIST, COPYRIGHT, GPS = 0x013B, 0x8298, 0x8825
BYLINE, NOTICE = (2, 80), (2, 116)
_DEVICE = {0x010F, 0x0110, 0x0131, 0x0132, 0x013C, 0x8769}
_PROMPTS = {"parameters", "prompt", "workflow", "dream", "sd-metadata", "invokeai_metadata"}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_LONGEST = 1000


@dataclass(frozen=True)
class Credit:
    """Who made the picture, their rights text and their licence, in the file's own words; empty where silent."""

    creator: tuple[str, ...] = ()
    rights: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Stripped:
    """The credit that stays and, in words for people, what was kept and what was dropped."""

    credit: Credit
    kept: tuple[str, ...]
    dropped: tuple[str, ...]


def strip(decoded: Decoded) -> Stripped:
    """Read the credit and name what goes: an allowlist, so whatever is not credit is dropped (P-132)."""
    credit = read_credit(decoded)
    named = {"creator": credit.creator, "copyright": credit.rights, "licence": credit.licence}
    kept = [name for name, value in named.items() if value]
    if decoded.icc_profile is not None:
        kept.append("colour profile")
    return Stripped(credit, tuple(kept), tuple(_dropped(decoded)))


def read_credit(decoded: Decoded) -> Credit:
    """The first of XMP, IPTC, EXIF and PNG text that names a creator, a rights text, a licence."""
    found = xmp.credit(decoded.xmp)
    creators = found.get("dc:creator") or _texts(decoded.iptc.get(BYLINE)) or _texts(decoded.exif.get(ARTIST))
    rights = found.get("dc:rights") or _texts(decoded.iptc.get(NOTICE))
    rights = rights or _texts(decoded.exif.get(COPYRIGHT)) or _note(decoded.text, "copyright")
    licence = found.get("cc:license") or found.get("xmpRights:UsageTerms") or []
    return Credit(
        creator=tuple(_clean(creators or _note(decoded.text, "author"))),
        rights=next(iter(_clean(rights)), ""),
        licence=next(iter(_clean(licence)), ""),
    )


def _dropped(decoded: Decoded) -> Iterable[str]:
    tags = set(decoded.exif) - {ARTIST, COPYRIGHT, ORIENTATION}
    if GPS in tags:
        yield "place (GPS)"
    if tags & _DEVICE:
        yield "camera, software and dates"
    if tags - _DEVICE - {GPS}:
        yield "other EXIF fields"
    names = {name.lower() for name in decoded.text} - {"author", "copyright", "xml:com.adobe.xmp"}
    if names & _PROMPTS:
        yield "prompts of an image generator"
    if names - _PROMPTS:
        yield "comments and text notes"
    if decoded.xmp:
        yield "other XMP properties"
    if set(decoded.iptc) - {BYLINE, NOTICE}:
        yield "other IPTC fields"


def _texts(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    if isinstance(value, bytes):
        return [_decoded_text(value)]
    return [_decoded_text(value.encode("latin-1", "replace"))] if isinstance(value, str) else []


def _decoded_text(raw: bytes) -> str:
    """EXIF and IPTC often hold UTF-8 without saying so; Latin-1 reads whatever UTF-8 refuses."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _note(text: Mapping[str, str], name: str) -> list[str]:
    return [value for key, value in text.items() if key.lower() == name]


def _clean(values: Iterable[str]) -> Iterable[str]:
    cleaned = (_UNPRINTABLE.sub(" ", value).strip()[:_LONGEST] for value in values)
    return [value for value in cleaned if value]
