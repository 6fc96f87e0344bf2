"""What each signal says of the policy's fields, so that signals of different kinds can be compared (table 1.5)."""

from collections.abc import Iterable, Mapping
from typing import Final

from policies.policy import strictness, value_of
from policies.tokens import PLUS_VOCABULARY

Fields = Mapping[str, str]

_NO_TRAINING, _TRAINING = {"ai_train": "deny"}, {"ai_train": "allow"}
_HIDDEN, _LISTED = {"search": "deny"}, {"search": "allow"}
_RESERVED, _OPEN = {"tdm": "reserved"}, {"tdm": "open"}
_NO_INPUT, _INPUT = {"ai_input": "deny"}, {"ai_input": "allow"}

_MEANINGS: Final[Mapping[tuple[str, str], Fields]] = {
    ("noai", ""): _NO_TRAINING,
    ("noimageai", ""): _NO_TRAINING,
    ("noindex", ""): _HIDDEN,
    ("noimageindex", ""): _HIDDEN,
    ("train-ai", "n"): _NO_TRAINING,
    ("train-ai", "y"): _TRAINING,
    ("search", "n"): _HIDDEN,
    ("search", "y"): _LISTED,
    ("ai-train", "no"): _NO_TRAINING,
    ("ai-train", "yes"): _TRAINING,
    ("search", "no"): _HIDDEN,
    ("search", "yes"): _LISTED,
    ("ai-input", "no"): _NO_INPUT,
    ("ai-input", "yes"): _INPUT,
    ("tdm-reservation", "1"): _RESERVED,
    ("tdm-reservation", "0"): _OPEN,
    ("cawg.ai_generative_training", "notAllowed"): _NO_TRAINING,
    ("cawg.ai_generative_training", "allowed"): _TRAINING,
    ("cawg.ai_inference", "notAllowed"): _NO_INPUT,
    ("cawg.ai_inference", "allowed"): _INPUT,
    ("cawg.data_mining", "notAllowed"): _RESERVED,
    ("cawg.data_mining", "allowed"): _OPEN,
    ("cawg.ai_training", "notAllowed"): _RESERVED,
    ("cawg.ai_training", "allowed"): _OPEN,
    ("DataMining", "DMI-ALLOWED"): {**_TRAINING, **_OPEN},
    ("DataMining", "DMI-PROHIBITED"): {**_HIDDEN, **_RESERVED},
    ("DataMining", "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"): {**_LISTED, **_RESERVED},
    ("DataMining", "DMI-PROHIBITED-GENAIMLTRAINING"): _NO_TRAINING,
    ("DataMining", "DMI-PROHIBITED-AIMLTRAINING"): _RESERVED,
    ("DataMining", "DMI-PROHIBITED-SEECONSTRAINT"): _RESERVED,
    ("DataMining", "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR"): _RESERVED,
    ("DataMining", "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR"): _RESERVED,
}


def means(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that a signal's keys and values state; what nobody knows states nothing."""
    found = (_MEANINGS.get((key, value.removeprefix(PLUS_VOCABULARY)), {}) for key, value in values.items())
    return strictest(found)


def strictest(stated: Iterable[Fields]) -> dict[str, str]:
    """Return the strictest value of each field."""
    found: dict[str, str] = {}
    for fields in stated:
        for name, value in fields.items():
            if name not in found or _rank(name, value) > _rank(name, found[name]):
                found[name] = value
    return found


def _rank(name: str, value: str) -> int:
    return strictness(value_of(name, value))
