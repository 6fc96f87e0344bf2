"""How much each class of caller may ask for: so many a second in the long run, so many at once (P-230)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many a second in the long run, and so many at once after a rest (P-230)."""

    per_second: float
    burst: int


BUCKETS: Final[Mapping[str, Bucket]] = {
    "html": Bucket(1, 60),
    "html_network": Bucket(5, 300),
    "media": Bucket(10, 300),
    "media_network": Bucket(40, 1_200),
    "feed": Bucket(6 / 60, 12),
    "api": Bucket(300 / 300, 300),
    "proxy": Bucket(30 / 600, 30),
    "ap_signed": Bucket(20, 600),
    "ap_unsigned": Bucket(1, 30),
    "crawler": Bucket(1, 30),
}
_SECONDS: Final = {"s": 1, "min": 60, "h": 3600}
_STATED: Final = re.compile(r"([0-9]{1,6})/(?:([0-9]{1,4}) ?)?(s|min|h) burst ([0-9]{1,6})|off")


def read_bucket(text: str) -> Bucket | None:
    """A bucket as the settings write it: `30/10min burst 30`; None for `off`, ValueError for anything else."""
    stated = _STATED.fullmatch(text.strip())
    if stated is None:
        raise ValueError(f"{text[:40]!r} is no limit; write 30/10min burst 30, or off")
    if text.strip() == "off":
        return None
    count, periods, unit, burst = stated.groups()
    seconds = int(periods or 1) * _SECONDS[unit]
    if not int(count) or not seconds or not int(burst):
        raise ValueError(f"{text[:40]!r} would let nobody in; write off for no limit")
    return Bucket(int(count) / seconds, int(burst))
