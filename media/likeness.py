"""Finding pictures that look alike among many: which bits to look up, and how near is near (Norouzi et al. 2012).

A hash is cut into bands of 16 bits. Two hashes that differ in fewer bits than twice the number of bands differ in one
bit at most in at least one band, so looking up each band and its neighbours of one bit finds every hash that near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_BITS: Final = 16
_PHASH, _PDQ = 16, 64
NEAR: Final = {_PHASH: 7, _PDQ: 31}
"""The most bits in which two hashes of so many hexadecimal digits may differ: 7 of 64, and 31 of 256 as PDQ advises."""
_FIRST: Final = {_PHASH: 0, _PDQ: 16}


@dataclass(frozen=True, slots=True)
class Looks:
    """What a picture looks like: two hashes in hexadecimal, empty where it is too flat or the kind is not made here."""

    perceptual: str = ""
    pdq: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it can be found again."""
        return bool(self.perceptual or self.pdq)


def bands(looks: Looks) -> list[int]:
    """Under which numbers a picture is kept, at most 20."""
    return [band for each in (looks.perceptual, looks.pdq) for band in _bands(each)]


def probes(looks: Looks) -> list[int]:
    """Under which numbers everything is found that is near: PDQ where it is there, and the other kind for what has none."""
    found = bands(looks)
    return [each for band in found for each in (band, *(band ^ 1 << bit for bit in range(_BITS)))]


def distance(one: Looks, other: Looks) -> int | None:
    """In how many bits two pictures differ that look alike, by the better hash that both have; None for all others."""
    pairs: Sequence[tuple[str, str]] = ((one.pdq, other.pdq), (one.perceptual, other.perceptual))
    for mine, theirs in pairs:
        if mine and theirs and len(mine) == len(theirs):
            bits = (int(mine, 16) ^ int(theirs, 16)).bit_count()
            return bits if bits <= NEAR[len(mine)] else None
    return None


def _bands(digits: str) -> Iterator[int]:
    if len(digits) not in NEAR:
        return
    for number, start in enumerate(range(0, len(digits), _BITS // 4)):
        yield _FIRST[len(digits)] + number << _BITS | int(digits[start : start + _BITS // 4], 16)
