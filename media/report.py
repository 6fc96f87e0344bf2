"""What was done to a file, as plain data to be stored and shown to its owner."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

Plain = str | int | float | bool | None


@dataclass(frozen=True)
class Report:
    """What came, what of its metadata was kept and dropped, what changed, the cloak, and what was made.

    `came` has type, bytes, width, height, profile, and frames and seconds of a picture that moves; `cloak` has engine, version, strength, experimental, seconds,
    reason; `written` is what XMP says in each file, by name of property; each of `made` has rendition, type, width, height, bytes, sha256. Sizes are pixels of the upright
    picture.
    """

    came: Mapping[str, Plain]
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    changed: tuple[str, ...]
    cloak: Mapping[str, Plain]
    made: tuple[Mapping[str, Plain], ...]
    written: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """The same as dictionaries, lists and scalars, ready for JSON."""
        return {name: list(part) if isinstance(part, tuple) else part for name, part in asdict(self).items()}
