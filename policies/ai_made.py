"""What an artist declares about AI in the making of a work."""

from enum import StrEnum
from typing import overload

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class Declaration(StrEnum):
    """The artist's own answer, asked for every picture (P-400)."""

    NONE = "none"
    ASSISTED = "assisted"
    GENERATED = "generated"


LABELS = {
    Declaration.NONE: "Declared by the artist: no AI.",
    Declaration.ASSISTED: "Declared by the artist: made with the help of AI.",
    Declaration.GENERATED: "Declared by the artist: generated with AI.",
}
"""Each declaration in words for a work's page."""

_AI_TYPES = {
    Declaration.ASSISTED: "compositeWithTrainedAlgorithmicMedia",
    Declaration.GENERATED: "trainedAlgorithmicMedia",
}
_HAND_TYPES = {False: "digitalCreation", True: "digitalCapture"}


@overload
def digital_source_type(declaration: Declaration, photographic: bool = False) -> str: ...
@overload
def digital_source_type(declaration: Declaration, photographic: bool | None) -> str | None: ...
def digital_source_type(declaration: Declaration, photographic: bool | None = False) -> str | None:
    """Return the IPTC digital source type IRI of a declaration (P-401).

    `photographic` is None where the medium is unknown: a work made without AI then states nothing.
    """
    name = _AI_TYPES.get(declaration)
    if name is None and photographic is not None:
        name = _HAND_TYPES[photographic]
    return SOURCE_TYPES + name if name else None
