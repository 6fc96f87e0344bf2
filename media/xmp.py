"""Read properties from an XMP packet, without document types and therefore without entities."""

from collections import defaultdict
from collections.abc import Mapping
from xml.parsers import expat

LARGEST = 1024 * 1024

_DC = "http://purl.org/dc/elements/1.1/"
_RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
_CC = "http://creativecommons.org/ns#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_WANTED = {
    f"{_DC} creator": "dc:creator",
    f"{_DC} rights": "dc:rights",
    f"{_RIGHTS} UsageTerms": "xmpRights:UsageTerms",
    f"{_CC} license": "cc:license",
}


class _Reader:
    """Collects the text of the wanted properties, each a list in document order."""

    def __init__(self, wanted: Mapping[str, str]) -> None:
        self.found: defaultdict[str, list[str]] = defaultdict(list)
        self._wanted = wanted
        self._inside: str | None = None
        self._text: list[str] = []

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        for attribute, value in attributes.items():
            if attribute in self._wanted:
                self._keep(self._wanted[attribute], value)
        self._inside = self._wanted.get(name, self._inside)
        self._text = []
        if name in self._wanted and f"{_RDF} resource" in attributes:
            self._keep(self._wanted[name], attributes[f"{_RDF} resource"])

    def words(self, text: str) -> None:
        self._text.append(text)

    def closed(self, name: str) -> None:
        if self._inside is not None:
            self._keep(self._inside, "".join(self._text))
        self._text = []
        self._inside = None if name in self._wanted else self._inside

    def _keep(self, name: str, value: str) -> None:
        if value.strip() and value.strip() not in self.found[name]:
            self.found[name].append(value.strip())


def _refuse(*_: object) -> None:
    raise expat.ExpatError("a document type")


def credit(packet: bytes) -> dict[str, list[str]]:
    """dc:creator, dc:rights, xmpRights:UsageTerms and cc:license of a packet; empty when it cannot be read."""
    try:
        return read(packet, _WANTED) if packet else {}
    except ValueError:
        return {}


def read(packet: bytes, wanted: Mapping[str, str], largest: int = LARGEST) -> dict[str, list[str]]:
    """The properties of a packet that `wanted` gives names to, by namespace and name with a space between.

    A packet above `largest`, one that is not well-formed and one with a document type are a ValueError, so no
    entity is ever resolved (ISO 16684-1; MED-07).
    """
    if len(packet) > largest:
        raise ValueError("a packet that is too large")
    reader, parser = _Reader(wanted), expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.opened
    parser.EndElementHandler = reader.closed
    parser.CharacterDataHandler = reader.words
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(packet.strip(b"\0 \r\n\t"), True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return {name: values for name, values in reader.found.items() if values}
