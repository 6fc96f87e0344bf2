"""Every policy there is, and the worked examples of the specification by name."""

from dataclasses import replace
from enum import StrEnum
from itertools import product
from typing import Any

from policies.policy import (
    DEFAULT,
    FIELDS,
    FLOOR,
    Bounds,
    Licensing,
    Mining,
    Policy,
    Use,
    effective,
    normalise,
)


def _all() -> tuple[Policy, ...]:
    spoken: dict[str, list[StrEnum]] = {
        name: list(values) for name, values in FIELDS.items() if not name.endswith("_media")
    }
    made: list[dict[str, Any]] = [
        dict(zip(spoken, values, strict=True)) for values in product(*spoken.values())
    ]
    return tuple(dict.fromkeys(normalise(replace(DEFAULT, **each)) for each in made))


POLICIES = _all()
"""All that differ in what is said; which size somebody gets is said nowhere."""

LOWERED = Bounds(replace(FLOOR, ai_train=Use.ALLOW, tdm=Mining.OPEN))
OPENED = Bounds(replace(FLOOR, tdm=Mining.OPEN))
EXAMPLES = {
    "default": DEFAULT,
    "E2": effective(DEFAULT, {"search": "deny"}, {}),
    "E4": effective(DEFAULT, {}, {"ai_train": "allow", "tdm": "open"}, bounds=LOWERED),
    "E5": effective(DEFAULT, {"tdm": "open"}, {}, bounds=OPENED),
    "E7": replace(DEFAULT, licensing=Licensing.NONE),
}
"""The rows of table 1.6 that differ in bytes."""
