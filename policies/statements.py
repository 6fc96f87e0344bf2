"""What others state about AI use: each carrier read, and all of them combined (section 1.5)."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import reduce
from types import MappingProxyType
from typing import Any, Final

from policies.errors import PolicyError
from policies.policy import (
    FIELDS,
    AnonymousMedia,
    Choice,
    Licensing,
    Mining,
    Policy,
    Use,
    normalise,
    strictness,
    value_of,
)
from policies.structured import dictionary

LONGEST: Final = 1024


@dataclass(frozen=True, slots=True)
class Statement:
    """What was stated of each field; None is unknown, which is neither yes nor no (P-032)."""

    search: Use | None = None
    ai_train: Use | None = None
    ai_input: Use | None = None
    tdm: Mining | None = None

    def __bool__(self) -> bool:
        return self != SILENCE


SILENCE: Final = Statement()
NAMES: Final = tuple(each.name for each in fields(Statement))


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement, and how many of its parts nobody could read (each of them is unknown)."""

    statement: Statement
    unreadable: int = 0


class _Unreadable(Exception):
    """A value that its carrier's grammar does not know."""


_Y_N: Final = {"y": Use.ALLOW, "n": Use.DENY}
_YES_NO: Final = {"yes": Use.ALLOW, "no": Use.DENY}
_SIGNAL_FIELDS: Final = {"ai-train": "ai_train", "ai-input": "ai_input", "search": "search"}
_SIGNAL: Final = re.compile(r"\s*([a-z][a-z0-9-]*)\s*=\s*([a-z0-9-]+)\s*")
_PLUS: Final = re.compile(r"(?:https?://ns\.useplus\.org/ldf/vocab/)?DMI-([A-Z-]+)")
_PLUS_VALUES: Final = {
    "UNSPECIFIED": SILENCE,
    "ALLOWED": Statement(ai_train=Use.ALLOW, tdm=Mining.OPEN),
    "PROHIBITED": Statement(search=Use.DENY, tdm=Mining.RESERVED),
    "PROHIBITED-EXCEPTSEARCHENGINEINDEXING": Statement(search=Use.ALLOW, tdm=Mining.RESERVED),
    "PROHIBITED-GENAIMLTRAINING": Statement(ai_train=Use.DENY),
    "PROHIBITED-AIMLTRAINING": Statement(tdm=Mining.RESERVED),
    "PROHIBITED-SEECONSTRAINT": Statement(tdm=Mining.RESERVED),
    "PROHIBITED-SEEEMBEDDEDRIGHTSEXPR": Statement(tdm=Mining.RESERVED),
    "PROHIBITED-SEELINKEDRIGHTSEXPR": Statement(tdm=Mining.RESERVED),
}
_ROBOTS: Final = {
    **dict.fromkeys(("noai", "noimageai"), Statement(ai_train=Use.DENY)),
    **dict.fromkeys(("noindex", "noimageindex", "none"), Statement(search=Use.DENY)),
}
_CAWG: Final = {
    "ai_generative_training": Statement(ai_train=Use.DENY),
    "ai_inference": Statement(ai_input=Use.DENY),
    "data_mining": Statement(tdm=Mining.RESERVED),
    "ai_training": Statement(tdm=Mining.RESERVED),
}


def _usage(value: Any) -> Statement:
    try:
        stated = dictionary(_text(value))
    except PolicyError as error:
        raise _Unreadable from error
    return Statement(
        search=_Y_N.get(stated.get("search") or ""), ai_train=_Y_N.get(stated.get("train-ai") or "")
    )


def _signals(value: Any) -> Statement:
    members = [_SIGNAL.fullmatch(member) for member in _text(value).split(",")]
    stated = [(found[1], found[2]) for found in members if found is not None]
    if len(stated) < len(members):
        raise _Unreadable
    return strictest(
        from_fields({_SIGNAL_FIELDS[key]: _YES_NO[word]})
        for key, word in stated
        if key in _SIGNAL_FIELDS and word in _YES_NO
    )


def _reservation(value: Any) -> Statement:
    values = {"1": Mining.RESERVED, "0": Mining.OPEN}
    if isinstance(value, bool) or not isinstance(value, int | str) or str(value).strip() not in values:
        raise _Unreadable
    return Statement(tdm=values[str(value).strip()])


def _data_mining(value: Any) -> Statement:
    found = _PLUS.fullmatch(_text(value).strip())
    if found is None or found[1] not in _PLUS_VALUES:
        raise _Unreadable
    return _PLUS_VALUES[found[1]]


def _directives(value: Any) -> Statement:
    # "name: noai" speaks to one crawler and says nothing for all.
    words = (word.strip().lower() for word in _text(value).split(","))
    return strictest(_ROBOTS.get(word, SILENCE) for word in words)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise _Unreadable
    return value


_TERMS: Final[Mapping[str, Callable[[Any], Statement]]] = {
    "contentUsage": _usage,
    "contentSignal": _signals,
    "tdmReservation": _reservation,
    "dataMining": _data_mining,
    "xRobotsTag": _directives,
}
_HEADERS: Final[Mapping[str, Callable[[Any], Statement]]] = {
    "content-usage": _usage,
    "tdm-reservation": _reservation,
    "x-robots-tag": _directives,
}
_XMP: Final[Mapping[str, Callable[[Any], Statement]]] = {"plus:DataMining": _data_mining}
_CARRYING: Final = frozenset({*_TERMS, *_HEADERS, *_XMP})


def read_terms(stated: Mapping[str, Any]) -> Reading:
    """Return what the terms of an ActivityPub value or of NodeInfo's `aiPolicy` say."""
    return _read(_TERMS, stated)


def read_headers(headers: Mapping[str, str]) -> Reading:
    """Return what the header fields of an answer say; names in lower case."""
    return _read(_HEADERS, headers)


def read_xmp(properties: Mapping[str, str]) -> Reading:
    """Return what the XMP properties of a file say, by qualified name."""
    return _read(_XMP, properties)


def read_cawg(entries: Any) -> Reading:
    """Return what the entries of a `cawg.training-mining` assertion deny; the retired label has the same names."""
    if not isinstance(entries, Mapping):
        return Reading(SILENCE, 1)
    denied = [
        _CAWG.get(name.partition(".")[2], SILENCE)
        for name, entry in entries.items()
        if isinstance(name, str)
        and isinstance(entry, Mapping)
        and entry.get("use") in ("notAllowed", "constrained")
    ]
    return Reading(strictest(denied))


def stating(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return those members of a document, of headers in lower case or of XMP that carry a statement."""
    return {name: value for name, value in stated.items() if name in _CARRYING}


def _read(readers: Mapping[str, Callable[[Any], Statement]], stated: Mapping[str, Any]) -> Reading:
    found, unreadable = [], 0
    for name, reader in readers.items():
        if name in stated:
            try:
                found.append(reader(stated[name]))
            except _Unreadable:
                unreadable += 1
    return Reading(strictest(found), unreadable)


def strictest(statements: Iterable[Statement]) -> Statement:
    """Return the strictest value of each field among carriers (P-031; AIPREF vocabulary, Combining Preferences)."""
    return reduce(_stricter, statements, SILENCE)


def _stricter(one: Statement, other: Statement) -> Statement:
    return _merged(one, other, lambda values: max(values, key=strictness))


def nearest(*statements: Statement) -> Statement:
    """Return, field by field, what the first of these states: attachment, object, actor, server (P-030)."""
    return reduce(lambda near, far: _merged(near, far, lambda values: values[0]), statements, SILENCE)


def sticky(before: Statement, now: Statement) -> Statement:
    """Return the new statement with every earlier denial that it does not speak about (P-034)."""
    return nearest(now, denials(before))


def denials(statement: Statement) -> Statement:
    """Return what a statement denies, without what it permits."""
    return Statement(**{name: value for name, value in _known(statement) if strictness(value)})


def tightened(choice: Choice, statement: Statement) -> dict[str, str]:
    """Return a choice that denies whatever the statement denies; what that permits loosens nothing (P-020, P-021)."""
    return {**choice, **as_fields(denials(statement))}


def _merged(one: Statement, other: Statement, choose: Callable[[list[Any]], Any]) -> Statement:
    pairs = {name: [getattr(one, name), getattr(other, name)] for name in NAMES}
    known = {name: [value for value in pair if value is not None] for name, pair in pairs.items()}
    return Statement(**{name: choose(values) for name, values in known.items() if values})


def _known(statement: Statement) -> list[tuple[str, Any]]:
    values = ((name, getattr(statement, name)) for name in NAMES)
    return [(name, value) for name, value in values if value is not None]


def as_fields(statement: Statement) -> dict[str, str]:
    """Return the known fields as words, to be stored."""
    return {name: value.value for name, value in _known(statement)}


def from_fields(stored: Mapping[str, str]) -> Statement:
    """Return the statement that `as_fields` made these words of."""
    return Statement(**{name: value_of(name, stored[name]) for name in NAMES if name in stored})  # type: ignore[arg-type]


ORIGIN: Final = "origin"
INDEXABLE: Final = "indexable"
REMOTE_DEFAULT: Final[Mapping[str, str]] = MappingProxyType(
    {"search": INDEXABLE, "ai_train": Use.DENY, "ai_input": Use.DENY, "tdm": Mining.RESERVED}
)
"""What our copies say where the origin is silent; `origin` says nothing then, `indexable` follows the author (P-032)."""


def check_remote_default(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return a whole `remote_default`, what is not chosen as it is without a choice; or raise `PolicyError` (P-010)."""
    for field, value in chosen.items():
        if field not in NAMES:
            raise PolicyError(field[:60], f"is no field of a statement; the fields are {', '.join(NAMES)}")
        special = (ORIGIN, INDEXABLE) if field == "search" else (ORIGIN,)
        if value not in special:
            try:
                value_of(field, value)
            except PolicyError as error:
                words = ", ".join((*FIELDS[field], *special))
                raise PolicyError(field, f"{repr(value)[:60]} is not one of {words}") from error
    return {**REMOTE_DEFAULT, **chosen}


@dataclass(frozen=True, slots=True)
class Restated(Policy):
    """What we say of something of another server; unknown fields hold their loosest value, and are not spoken of."""

    unknown: frozenset[str] = frozenset()


def restated(
    stated: Statement, default: Mapping[str, str], *, indexable: bool = False, public: bool = True
) -> Restated:
    """Return what our surfaces say of something of another server: the stricter of both (P-032, P-033).

    No way to ask for permission is named, since it is not ours to give.
    """
    ours = {name: _default(name, default[name], indexable=indexable) for name in NAMES}
    combined = strictest([stated, Statement(**{name: value for name, value in ours.items() if value})])
    if not public:
        combined = strictest([combined, Statement(search=Use.DENY)])
    media = AnonymousMedia.PREVIEW if public else AnonymousMedia.NONE
    known: dict[str, Any] = dict.fromkeys(NAMES, Use.ALLOW) | {"tdm": Mining.OPEN} | dict(_known(combined))
    policy = normalise(Policy(**known, licensing=Licensing.NONE, anonymous_media=media))
    # Reserved mining denies training, stated or not (P-011): what became strict so is known.
    loose = (name for name in NAMES if not strictness(getattr(policy, name)))
    unknown = frozenset(name for name in loose if getattr(combined, name) is None)
    return Restated(**{each.name: getattr(policy, each.name) for each in fields(Policy)}, unknown=unknown)


def _default(name: str, word: str, *, indexable: bool) -> Any:
    if word == INDEXABLE:
        return Use.ALLOW if indexable else Use.DENY
    return None if word == ORIGIN else value_of(name, word)
