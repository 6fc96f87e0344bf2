"""The one table: for each picture the cloak and its baselines on every encoder and way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from media.cloak import seed
from media.cloak.encoders.perceptual import Perceptual
from media.cloak.engine import Pixels
from media.cloak.measure import variety
from media.cloak.measure.baselines import BASELINES, Change, as_visible, jpeg_alone
from media.cloak.measure.displacement import Reader
from media.cloak.measure.visibility import Visibility, error, perceptual, visibility
from media.cloak.measure.ways import GATE, PURIFIERS, WAYS, Way, without

Cloak = Callable[[Pixels, bytes], Pixels]
SECRETS = (b"one", b"two")  # of two places: the seed follows from the secret and the picture (C-002)
SUBTRACTED = "mean change subtracted"
NOISE = ("low-frequency noise", "low-frequency luma noise")


@dataclass(frozen=True)
class Subject:
    """What is measured: the cloak that ships, and for each encoder the cloak that is asked about it.

    That is one trained without the encoder where there is one. `quick` leaves out all that the gate does not ask for.
    """

    main: Cloak
    cloaks: Mapping[str, Cloak]
    readers: Mapping[str, Reader]
    eye: Perceptual
    quick: bool = False

    def average(self, pictures: Iterable[Pixels]) -> Way:
        """What somebody does who knows the mean of the cloak's change over many pictures: subtracts it (C-024)."""
        changes = [
            self.main(picture, seed(SECRETS[0], picture)).astype(np.float64) - picture for picture in pictures
        ]
        return without(np.mean(changes, axis=0))


@dataclass
class Rows:
    """Displacements by encoder, change and way, and what was seen of the main cloak; one figure for each picture."""

    moved: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    purified: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    visible: dict[str, list[Visibility]] = field(default_factory=dict)
    changes: list[variety.Plane] = field(default_factory=list)
    seeds: list[float] = field(default_factory=list)
    seeds_spectra: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)


def measure(pictures: Mapping[str, Pixels], subject: Subject) -> Iterator[tuple[str, Rows]]:
    """Measure picture by picture; yields the name and the rows so far, the same object each time."""
    rows, average = Rows(), None if subject.quick else subject.average(pictures.values())
    for number, (name, picture) in enumerate(pictures.items()):
        for cloak in {id(each): each for each in (subject.main, *subject.cloaks.values())}.values():
            mine = cloak(picture, seed(SECRETS[0], picture))
            changes = {"cloak": mine, **_against(picture, mine, subject, number)}
            for encoder, asked in subject.cloaks.items():
                if asked is cloak:
                    _move(rows, encoder, (picture, changes), subject)
                    if average is not None:
                        _purify(rows, encoder, (picture, changes), (subject.readers[encoder], average))
                    subject.readers[encoder].forget()
            if cloak is subject.main:
                _look(rows, picture, changes, subject)
        yield name, rows


def _against(picture: Pixels, mine: Pixels, subject: Subject, number: int) -> dict[str, Pixels]:
    """The baselines as visible as the cloak: each at equal perceptual distance and at equal error."""

    def perceived(after: Pixels) -> float:
        return perceptual(subject.eye, picture, after)

    def erred(after: Pixels) -> float:
        return error(picture, after)

    made = {} if subject.quick else {"jpeg q90 alone": jpeg_alone(picture)}
    wanted = (perceived(mine), erred(mine))
    for name in NOISE if subject.quick else BASELINES:
        change = _seeded(BASELINES[name], picture, number)
        made[f"{name}, equal LPIPS"] = as_visible(change, perceived, wanted[0], power=2)
        made[f"{name}, equal PSNR"] = as_visible(change, erred, wanted[1], power=1)
    return made


def _seeded(baseline: Change, picture: Pixels, number: int) -> Callable[[float], Pixels]:
    return lambda size: baseline(picture, size, np.random.default_rng(number))


def _move(rows: Rows, encoder: str, seen: tuple[Pixels, Mapping[str, Pixels]], subject: Subject) -> None:
    picture, changes = seen
    reader = subject.readers[encoder]
    for change, after in changes.items():
        for way in GATE if subject.quick else WAYS:
            value = reader.displacement(picture, after, WAYS[way])
            rows.moved.setdefault((encoder, change, way), []).append(value)


def _purify(
    rows: Rows, encoder: str, seen: tuple[Pixels, Mapping[str, Pixels]], how: tuple[Reader, Way]
) -> None:
    """What is left of the cloak, over what is left of noise that is as visible."""
    (picture, changes), (reader, average) = seen, how
    mine, noise = changes["cloak"], changes[f"{NOISE[0]}, equal LPIPS"]
    for name, purifier in PURIFIERS.items():
        pair = [reader.displacement(picture, after, purifier) for after in (mine, noise)]
        rows.purified.setdefault((encoder, name), []).append(pair[0] / pair[1])
    # Who subtracts what is known does so to the cloaked picture alone; of noise there is nothing to know.
    pair = [reader.displacement(picture, after, WAYS["nothing"]) for after in (average(mine), noise)]
    rows.purified.setdefault((encoder, SUBTRACTED), []).append(pair[0] / pair[1])


def _look(rows: Rows, picture: Pixels, changes: Mapping[str, Pixels], subject: Subject) -> None:
    for name, after in changes.items():
        rows.visible.setdefault(name, []).append(visibility(subject.eye, picture, after))
    mine = changes["cloak"]
    pair = [
        variety.drawn(picture, mine),
        variety.drawn(picture, subject.main(picture, seed(SECRETS[1], picture))),
    ]
    rows.changes.append(pair[0])
    rows.seeds.append(variety.likeness(pair))
    rows.seeds_spectra.append(variety.spectra(pair))
    rows.peaks.append(variety.peak(pair[0]))
