"""Write credit and policy into a picture: the XMP packet, and the encoders that carry it."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, PngImagePlugin

from media.indexed import indexed
from media.strip import ARTIST, COPYRIGHT, Credit

Properties = Mapping[str, str | Sequence[str]]

LARGEST = 16 * 1024
NAMESPACES = {
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "cc": "http://creativecommons.org/ns#",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
}
_FIRST = (
    "plus:DataMining",
    "Iptc4xmpExt:DigitalSourceType",
    "xmpRights:Marked",
    "xmpRights:WebStatement",
    "dc:creator",
    "dc:rights",
)
_TEXTS = {"dc:rights", "dc:title", "dc:description", "plus:OtherConstraints", "xmpRights:UsageTerms"}
_LENGTHS = (4000, 1000, 250, 50)
_ENTRIES = 16
_LIGHT = 1_500_000  # pixels
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True)
class Marks:
    """What every rendition of one picture carries: an XMP packet, a colour profile, EXIF with credit alone."""

    xmp: bytes
    icc_profile: bytes | None = None
    exif: bytes = b""


def credited(properties: Properties, credit: Credit) -> dict[str, str | Sequence[str]]:
    """The properties with the upload's own credit first (P-133).

    Its creator replaces the one given, its rights text stands before the sentence given, and its licence is
    added where none is given.
    """
    merged = dict(properties)
    if credit.creator:
        merged["dc:creator"] = credit.creator
    if credit.rights:
        sentence = _one(merged.get("dc:rights", ""))
        merged["dc:rights"] = credit.rights if sentence in credit.rights else f"{credit.rights} {sentence}"
    if credit.licence:
        web = credit.licence.startswith(("https://", "http://"))
        merged.setdefault("cc:license" if web else "xmpRights:UsageTerms", credit.licence)
    return merged


def marks(properties: Properties, icc_profile: bytes | None = None) -> Marks:
    """The marks that carry these properties; EXIF repeats the creator and the rights for older readers."""
    exif = Image.Exif()
    creators, rights = properties.get("dc:creator", ()), _one(properties.get("dc:rights", ""))
    names = creators if isinstance(creators, str) else "; ".join(creators)
    for tag, value in ((ARTIST, names), (COPYRIGHT, rights)):
        if value:
            exif[tag] = _printable(value, _LENGTHS[1]).encode()  # as bytes: text would become ASCII
    return Marks(packet(properties), icc_profile, exif.tobytes() if len(exif) else b"")


def packet(properties: Properties) -> bytes:
    """An XMP packet (ISO 16684-1) with these properties, named as prefix:name, at most 16 KiB of UTF-8.

    A list becomes an ordered array, the texts for people become language alternatives, all else an attribute.
    Values are escaped, control characters removed, long texts shortened to fit (P-133). Raises ValueError for a
    prefix that is not known and for attributes that alone pass the limit.
    """
    for length in _LENGTHS:
        data = _packet(properties, length).encode()
        if len(data) <= LARGEST:
            return data
    raise ValueError("the properties do not fit into an XMP packet of 16 KiB")


def _packet(properties: Properties, length: int) -> str:
    order = [name for name in _FIRST if name in properties]
    order += [name for name in properties if name not in _FIRST]
    used = {name.partition(":")[0] for name in order}
    if not used <= NAMESPACES.keys():
        raise ValueError(f"unknown XMP prefix: {', '.join(sorted(used - NAMESPACES.keys()))}")
    spaces = [f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if prefix in used]
    plain = [name for name in order if name not in _TEXTS and isinstance(properties[name], str)]
    attributes = [f'{name}="{html.escape(_printable(_one(properties[name])))}"' for name in plain]
    elements = [_element(name, properties[name], length) for name in order if name not in plain]
    lines = [
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
        "\n ".join(['<rdf:Description rdf:about=""', *spaces, *attributes]) + ">",
        *elements,
        "</rdf:Description>",
        "</rdf:RDF>",
        "</x:xmpmeta>",
        '<?xpacket end="w"?>',
    ]
    return "\n".join(lines)


def _element(name: str, value: str | Sequence[str], length: int) -> str:
    if name in _TEXTS:
        text = html.escape(_printable(_one(value), length), quote=False)
        return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></{name}>'
    entries = [html.escape(_printable(entry, length), quote=False) for entry in value[:_ENTRIES]]
    items = "".join(f"<rdf:li>{entry}</rdf:li>" for entry in entries)
    return f"<{name}><rdf:Seq>{items}</rdf:Seq></{name}>"


def _one(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _printable(value: str, length: int | None = None) -> str:
    return _UNPRINTABLE.sub(" ", value).strip()[:length]


def save_jpeg(picture: Image.Image, written: Marks) -> bytes:
    """JPEG at quality 92 without chroma subsampling, so that the cloak survives (C-008)."""
    out = BytesIO()
    picture.save(
        out,
        "JPEG",
        quality=92,
        subsampling="4:4:4",
        xmp=written.xmp,
        icc_profile=written.icc_profile,
        exif=written.exif,
    )
    return out.getvalue()


def save_png(picture: Image.Image, written: Marks) -> bytes:
    """PNG with the packet in an uncompressed iTXt chunk (P-130); with a palette where at most 256 colours allow it."""
    out, notes = BytesIO(), PngImagePlugin.PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", written.xmp.decode(), zip=False)
    exif: dict[str, bytes] = {"exif": written.exif} if written.exif else {}
    few = indexed(picture)
    if few is None:
        picture.save(out, "PNG", pnginfo=notes, icc_profile=written.icc_profile, compress_level=5, **exif)
        return out.getvalue()
    plain, alpha = few
    see_through = {"transparency": alpha} if alpha else {}
    plain.save(
        out, "PNG", pnginfo=notes, icc_profile=written.icc_profile, optimize=True, **exif, **see_through
    )
    return out.getvalue()


def save_webp(picture: Image.Image, written: Marks, *, lossless: bool = False) -> bytes:
    """WebP at quality 94, which is as near as a JPEG of 90, or without any loss; alpha is always as it was (C-008)."""
    out = BytesIO()
    how = {"lossless": True, "quality": 50, "method": 2} if lossless else {"quality": 94, "method": 4}
    picture.save(out, "WEBP", **how, **_carried(written))
    return out.getvalue()


def save_avif(picture: Image.Image, written: Marks) -> bytes:
    """AVIF without chroma subsampling, as near to the picture as a JPEG of quality 90 (C-008; docs/benchmarks.md).

    One thread: the same picture gives the same bytes. Above a megapixel and a half it takes a third of the time for
    bytes that are a few in a hundred more.
    """
    out, speed = BytesIO(), 8 if picture.width * picture.height <= _LIGHT else 9
    picture.save(
        out, "AVIF", quality=88, speed=speed, subsampling="4:4:4", max_threads=1, **_carried(written)
    )
    return out.getvalue()


def _carried(written: Marks) -> dict[str, bytes]:
    named = {"xmp": written.xmp, "icc_profile": written.icc_profile, "exif": written.exif}
    return {name: value for name, value in named.items() if value}


SAVERS: dict[str, Callable[[Image.Image, Marks], bytes]] = {
    "image/jpeg": save_jpeg,
    "image/png": save_png,
    "image/webp": save_webp,
    "image/avif": save_avif,
}
