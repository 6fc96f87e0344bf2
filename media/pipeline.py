"""The whole way of a picture: decode, strip, cloak, variants, mark."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PIL import Image

from media.animations import animations
from media.cloak import ENGINES, Applied, Climb, apply
from media.credentials import Signing, signed, upload
from media.decode import Decoded, Limits, decode
from media.errors import UnsupportedFormat
from media.fingerprint import Fingerprint, fingerprint
from media.marks import SAVERS, Marks, Properties, credited, marks
from media.placeholder import blurhash
from media.report import Plain, Report
from media.strip import Stripped, strip
from media.variants import Cut, Rendition, named, renditions

Progress = Callable[[str, int], None]
MOVES = "The picture moves: what a cloak changes would flicker."


@dataclass(frozen=True)
class Options:
    """How to prepare a picture: XMP properties by qualified name, the cloak, the instance's secret, the limits.

    With `signing` each rendition carries a manifest of its own. `focus` is the point that crops keep in sight (F-058);
    without `others` there is one format of each size and no card. `climb` is for the engine `ascent` alone.
    """

    marks: Properties
    engine: str
    strength: str
    secret: bytes = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    signing: Signing | None = None
    focus: tuple[float, float] = (0.0, 0.0)
    others: bool = True
    climb: Climb | None = None


@dataclass(frozen=True)
class Prepared:
    """A picture ready to be shown: pixels of the upright original, placeholder, renditions and report.

    The fingerprint is that of the picture as it came, before the cloak.
    """

    width: int
    height: int
    blurhash: str
    fingerprint: Fingerprint
    renditions: tuple[Rendition, ...]
    report: Report


def quietly(step: str, percent: int) -> None:
    """Progress that nobody watches."""


def prepare(data: bytes, options: Options, progress: Progress = quietly) -> Prepared:
    """Make everything that may leave the server from an uploaded file; raises a MediaError.

    `progress` hears each step by name with the percentage reached: reading, cloaking, making sizes, done.
    """
    progress("reading", 0)
    decoded = decode(data, options.limits)
    stripped = strip(decoded)
    known_by = fingerprint(decoded.picture)

    progress("cloaking", 25)
    cloaked = _cloaked(decoded, options)

    progress("making sizes", 60)
    said = credited(options.marks, stripped.credit)
    written = marks(said, decoded.icc_profile)
    cut = Cut(decoded.media_type, len(data), options.focus, options.others)
    sizes = _sizes(cloaked.picture, decoded, written, cut, progress)
    if options.signing is not None:
        sizes = _signed(sizes, (data, decoded.media_type), options.signing, options.marks)
    width, height = cloaked.picture.size
    report = replace(_report(data, decoded, stripped, cloaked, sizes), written=said)
    prepared = Prepared(width, height, blurhash(cloaked.picture), known_by, sizes, report)
    progress("done", 100)
    return prepared


def alone(data: bytes, options: Options, progress: Progress = quietly) -> Prepared:
    """The change of the cloak alone, as a PNG of the same size with the file's own credit; raises a MediaError."""
    progress("reading", 0)
    decoded = decode(data, options.limits)
    if decoded.moving is not None:
        raise UnsupportedFormat(f"{MOVES} Moving pictures are never cloaked.")
    stripped = strip(decoded)
    progress("cloaking", 25)
    cloaked = _cloaked(decoded, options)
    progress("making sizes", 60)
    file = SAVERS["image/png"](cloaked.picture, marks(credited({}, stripped.credit), decoded.icc_profile))
    sizes = tuple(named("cloaked", cloaked.picture, [("image/png", file)]))
    width, height = cloaked.picture.size
    report = _report(data, decoded, stripped, cloaked, sizes)
    known_by = fingerprint(decoded.picture)
    progress("done", 100)
    return Prepared(width, height, blurhash(cloaked.picture), known_by, sizes, report)


def _cloaked(decoded: Decoded, options: Options) -> Applied:
    """The picture cloaked; one that moves never is (C-003)."""
    changes = options.engine in ENGINES and ENGINES[options.engine].changes
    if decoded.moving is None or not changes:
        return apply(decoded.picture, options.engine, options.strength, options.secret, options.climb)
    return replace(apply(decoded.picture, "none", options.strength, options.secret), reason=MOVES)


def _sizes(
    master: Image.Image, decoded: Decoded, written: Marks, cut: Cut, progress: Progress
) -> tuple[Rendition, ...]:
    def made(share: int) -> None:
        progress("making sizes", 60 + 39 * share // 100)

    if decoded.moving is not None:
        return animations(master, decoded.moving, written, cut, made)
    return renditions(master, written, cut, made)


def _signed(
    sizes: tuple[Rendition, ...], came: tuple[bytes, str], signing: Signing, properties: Properties
) -> tuple[Rendition, ...]:
    parent, source_type = upload(*came), str(properties.get("Iptc4xmpExt:DigitalSourceType", ""))
    return tuple(signed(size, parent, signing, source_type) for size in sizes)


def _report(
    data: bytes, decoded: Decoded, stripped: Stripped, cloaked: Applied, sizes: tuple[Rendition, ...]
) -> Report:
    width, height = decoded.picture.size
    return Report(
        came={
            "type": decoded.media_type,
            "bytes": len(data),
            "width": width,
            "height": height,
            "profile": decoded.profile,
            **_movement(decoded),
        },
        kept=stripped.kept,
        dropped=stripped.dropped,
        changed=decoded.changed,
        cloak=_cloak(cloaked),
        made=tuple(_made(rendition) for rendition in sizes),
    )


def _movement(decoded: Decoded) -> dict[str, Plain]:
    if decoded.moving is None:
        return {}
    times = decoded.moving.times
    return {"frames": len(times), "seconds": round(sum(times) / 1000, 2)}


def _cloak(cloaked: Applied) -> dict[str, Plain]:
    return {
        "engine": cloaked.engine.name,
        "version": cloaked.engine.version,
        "strength": cloaked.strength.value,
        "experimental": cloaked.engine.experimental,
        "seconds": cloaked.seconds,
        "reason": cloaked.reason,
    }


def _made(rendition: Rendition) -> dict[str, Plain]:
    return {
        "rendition": rendition.name,
        "type": rendition.media_type,
        "width": rendition.width,
        "height": rendition.height,
        "bytes": len(rendition.data),
        "sha256": rendition.sha256,
    }
