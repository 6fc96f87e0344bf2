"""AI markers in the uploaded bytes: what the file says of itself, read before anything is stripped (P-410 to P-413)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from media import xmp
from media.decode import DAMAGE
from media.errors import BrokenPicture
from media.provenance import manifest, stealth, texts
from media.provenance.containers import Metadata, TooMuch, read
from media.provenance.evidence import Evidence

__all__ = ["Evidence", "Scan", "scan"]

LONGEST, MOST_VALUES = 250, 8


@dataclass(frozen=True)
class Scan:
    """What a file says; `unreadable` names the parts that could not be read, `unread` those nobody tried to.

    Nothing found proves nothing (P-413). `stated` is what the file says of its own use, by carrier: values of
    `plus:DataMining`, entries of training and mining assertions (P-021).
    """

    evidence: tuple[Evidence, ...] = ()
    unreadable: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    stated: Mapping[str, list[Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """The same as lists and scalars, ready for JSON."""
        return {
            "evidence": [each.as_dict() for each in self.evidence],
            "unreadable": list(self.unreadable),
            "unread": list(self.unread),
            "stated": dict(self.stated),
        }


NOT_READ = Scan(unreadable=("file",))
"""The scan that crashed, or took too long."""


def scan(data: bytes) -> Scan:
    """Look for every marker of table 5.2 in an uploaded file; never raises for whatever the bytes hold.

    Each part is read by itself: one that is damaged or larger than anybody needs is named as unreadable, and
    what the others say still counts.
    """
    try:
        found = read(data)
    except (TooMuch, BrokenPicture, *DAMAGE):
        return NOT_READ
    evidence: list[Evidence] = []
    unreadable = list(found.unreadable)
    for name, look in _PARTS.items():
        try:
            evidence += look(data, found)
        except (TooMuch, *DAMAGE):
            unreadable.append(name)
    unread = () if manifest.READS or not found.manifest else ("manifest",)
    stated: dict[str, list[Any]] = {
        "plus:DataMining": _data_mining(found),
        "cawg.training-mining": manifest.entries(found),
    }
    carried = {carrier: said for carrier, said in stated.items() if said}
    return Scan(tuple(dict.fromkeys(evidence)), tuple(dict.fromkeys(unreadable)), unread, carried)


def _data_mining(found: Metadata) -> list[str]:
    values = [value for packet in found.xmp for value in xmp.statements(packet).get("plus:DataMining", ())]
    return [value for value in dict.fromkeys(values) if len(value) <= LONGEST][:MOST_VALUES]


_PARTS: dict[str, Callable[[bytes, Metadata], Iterable[Evidence]]] = {
    "manifest": manifest.look,
    "xmp": texts.look_at_xmp,
    "text": texts.look_at_texts,
    "exif": texts.look_at_exif,
    "iptc": texts.look_at_iptc,
    "alpha": stealth.look,
}
