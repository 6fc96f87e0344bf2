"""The vocabulary of media: what a work was made with, as the values of our own term `medium` (F-072, F-421)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from activitypub.document import items

MOST: Final = 8
"""How many media are kept of one work."""

GROUPS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "Drawing": {
            "pencil": "Pencil",
            "coloured-pencil": "Coloured pencil",
            "charcoal": "Charcoal",
            "chalk": "Chalk",
            "pastel": "Pastel",
            "ink": "Ink",
            "marker": "Marker",
            "calligraphy": "Calligraphy",
        },
        "Painting": {
            "oil": "Oil",
            "acrylic": "Acrylic",
            "watercolour": "Watercolour",
            "gouache": "Gouache",
            "tempera": "Tempera",
            "encaustic": "Encaustic",
            "spray-paint": "Spray paint",
            "mural": "Mural",
        },
        "Print": {
            "woodcut": "Woodcut",
            "linocut": "Linocut",
            "engraving": "Engraving",
            "etching": "Etching",
            "lithograph": "Lithograph",
            "screen-print": "Screen print",
            "risograph": "Risograph",
            "monotype": "Monotype",
        },
        "Digital": {
            "digital-drawing": "Digital drawing",
            "digital-painting": "Digital painting",
            "vector": "Vector drawing",
            "pixel-art": "Pixel art",
            "3d": "3D model",
            "generative": "Made by code",
        },
        "Photography": {
            "photography": "Photography",
            "film-photography": "Photography on film",
            "cyanotype": "Cyanotype",
        },
        "Form": {
            "sculpture": "Sculpture",
            "ceramics": "Ceramics",
            "glass": "Glass",
            "wood": "Wood",
            "metal": "Metal",
            "stone": "Stone",
            "paper": "Paper",
            "collage": "Collage",
            "installation": "Installation",
        },
        "Textile": {
            "textile": "Textile",
            "embroidery": "Embroidery",
            "weaving": "Weaving",
            "knitting": "Knitting",
        },
        "Other": {
            "mixed-media": "Mixed media",
        },
    }
)
"""Keys with their words in English, by what they have in common."""

MEDIUMS: Final[Mapping[str, str]] = MappingProxyType(
    {key: words for group in GROUPS.values() for key, words in group.items()}
)
_PHOTOGRAPHIC: Final = frozenset(GROUPS["Photography"])


def read(value: Any) -> tuple[str, ...]:
    """Return the keys among what a post states; words that the vocabulary does not have count as absent."""
    stated = (entry for entry in items(value) if isinstance(entry, str))
    return tuple(dict.fromkeys(entry for entry in stated if entry in MEDIUMS))[:MOST]


def is_photographic(keys: Iterable[str]) -> bool | None:
    """Return whether a work is a photograph, None where its media are not known (P-401)."""
    known = frozenset(keys)
    return bool(known & _PHOTOGRAPHIC) if known else None
