"""Markers in texts: XMP, PNG text chunks, EXIF and IPTC (table 5.2)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from PIL import Image
from sd_parsers import ParserManager
from sd_parsers.data import Generators

from media import xmp
from media.provenance.containers import MOST_TEXT, Metadata
from media.provenance.evidence import Evidence, evidence

SOFTWARE, USER_COMMENT, EXIF_IFD = 0x0131, 0x9286, 0x8769
GENERATORS = (
    "stable diffusion",
    "stablediffusion",
    "stable-diffusion",
    "comfyui",
    "midjourney",
    "novelai",
    "invokeai",
    "automatic1111",
    "fooocus",
    "firefly",
    "leonardo",
)
"""Names of image generators, without regard to case."""
SOURCE_CLASSES = {
    "trainedAlgorithmicMedia": "declared",
    "compositeWithTrainedAlgorithmicMedia": "declared, part",
    "compositeSynthetic": "question",
}
"""Class by the last path segment of a digital source type; every other type is no evidence of AI."""

_IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_WANTED = {
    f"{_IPTC_EXT} DigitalSourceType": "DigitalSourceType",
    "http://ns.adobe.com/xap/1.0/ CreatorTool": "CreatorTool",
    "http://ns.adobe.com/photoshop/1.0/ Credit": "Credit",
    "http://purl.org/dc/elements/1.1/ description": "description",
}
_CREDITS = ("Made with Google AI", "AI-Generated with Google Photos")
_JOB = re.compile(r"Job ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SETTINGS = ("Steps: ", "Sampler: ", "Seed: ")
_TOOL = "sd-parsers 0.6"
_INVOKEAI = ("invokeai_metadata", "sd-metadata", "Dream")
_PARSERS = ParserManager()


def look_at_xmp(data: bytes, found: Metadata) -> Iterator[Evidence]:
    """What the XMP packets state."""
    for packet in found.xmp:
        stated = xmp.read(packet, _WANTED, MOST_TEXT)
        for value in stated.get("DigitalSourceType", ()):
            if kind := SOURCE_CLASSES.get(value.rstrip("/").rpartition("/")[2]):
                yield evidence(kind, "xmp:DigitalSourceType", value)
        for value in stated.get("CreatorTool", ()):
            if value == "Adobe Firefly":
                yield evidence("declared", "xmp:CreatorTool", value)
            elif names_generator(value):
                yield evidence("hint", "xmp:CreatorTool", value)
        yield from _credits("xmp:Credit", stated.get("Credit", ()))
        yield from _jobs("xmp:description", stated.get("description", ()))


def _credits(field: str, values: Iterable[str]) -> Iterator[Evidence]:
    yield from (evidence("declared", field, value) for value in values if value in _CREDITS)


def _jobs(field: str, values: Iterable[str]) -> Iterator[Evidence]:
    """Midjourney's descriptions name the job and the options of the command."""
    for value in values:
        if _JOB.search(value) and (" --v " in value or " --ar " in value):
            yield evidence("generator", field, value)


def names_generator(value: str) -> bool:
    """Whether a text names a known image generator."""
    return any(name in value.lower() for name in GENERATORS)


def look_at_texts(data: bytes, found: Metadata) -> Iterator[Evidence]:
    """What the text chunks of a PNG hold."""
    recognised = _recognised(found.texts)
    if recognised:
        yield recognised
    elif _has_nodes(found.texts.get("prompt", "")):
        yield evidence("hint", "text:prompt", found.texts["prompt"])
    yield from _jobs("text:Description", (found.texts.get("Description", ""),))


def _recognised(texts: Mapping[str, str]) -> Evidence | None:
    """What sd-parsers finds in texts, with its default effort (P-412)."""
    generator = _generator(texts)
    names = {
        Generators.AUTOMATIC1111: ("parameters",),
        Generators.FOOOCUS: ("parameters",),
        Generators.COMFYUI: ("prompt",),
        Generators.INVOKEAI: _INVOKEAI,
        Generators.NOVELAI: ("Comment",) if texts.get("Software") == "NovelAI" else (),
    }.get(generator, ())
    for name in names:
        if name in texts:
            return evidence("generator", f"text:{name}", texts[name], f"{_TOOL}, {generator.value}")
    return None


def _generator(texts: Mapping[str, str]) -> Generators:
    """Its reader gets the texts that were read within bounds, on a picture of one pixel."""
    sheet = Image.new("1", (1, 1))
    sheet.format = "PNG"
    sheet.info.update(texts.items())
    read: Any = _PARSERS.parse(sheet) if texts else None
    return read.generator if read is not None else Generators.UNKNOWN


def _has_nodes(text: str) -> bool:
    """Whether a text is a JSON object with a node of ComfyUI."""
    if '"class_type"' not in text:
        return False
    graph = json.loads(text)
    return isinstance(graph, dict) and any(
        isinstance(node, dict) and "class_type" in node for node in graph.values()
    )


def look_at_exif(data: bytes, found: Metadata) -> Iterator[Evidence]:
    """The comment and the software that EXIF names."""
    if not found.exif:
        return
    exif = Image.Exif()
    exif.load(found.exif)
    software = exif.get(SOFTWARE, "")
    if isinstance(software, str) and names_generator(software):
        yield evidence("hint", "exif:Software", software)
    comment = _comment(exif.get_ifd(EXIF_IFD).get(USER_COMMENT, b""))
    if found.media_type == "image/avif":  # sd-parsers does not know these (P-412)
        if all(word in comment for word in _SETTINGS):
            yield evidence("generator", "exif:UserComment", comment)
    elif recognised := _recognised({"parameters": comment} if comment else {}):
        yield evidence("generator", "exif:UserComment", comment, recognised.tool)


def _comment(value: object) -> str:
    """A UserComment by the character code before it (Exif 2.32, 4.6.5)."""
    if not isinstance(value, bytes):
        return value if isinstance(value, str) else ""
    code, text = value[:8], value[8:]
    if code == b"UNICODE\0":
        # By the standard in the byte order of the file; the generators write the larger byte first.
        order = "utf-16-le" if text[1:2] == b"\0" else "utf-16-be"
        return text.decode(order, "replace")
    return (text if code in (b"ASCII\0\0\0", bytes(8)) else value).decode("utf-8", "replace")


def look_at_iptc(data: bytes, found: Metadata) -> Iterator[Evidence]:
    """The credit line of IPTC-IIM, record 2 number 110."""
    yield from _credits("iptc:Credit", _records(found.iptc, 110))


def _records(resources: bytes, number: int) -> Iterator[str]:
    place = resources.find(b"\x1c\x02" + bytes([number]))
    while place >= 0:
        size = int.from_bytes(resources[place + 3 : place + 5], "big")
        yield resources[place + 5 : place + 5 + size].decode("utf-8", "replace").strip("\0 ")
        place = resources.find(b"\x1c\x02" + bytes([number]), place + 5)
