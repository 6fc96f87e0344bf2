"""The policy value, and how instance, account and work combine into one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from policies.errors import PolicyError


class Use(StrEnum):
    """Whether a use is allowed; members stand from loose to strict."""

    ALLOW = "allow"
    DENY = "deny"


class Mining(StrEnum):
    """Whether text and data mining is open or reserved; from loose to strict."""

    OPEN = "open"
    RESERVED = "reserved"


class Licensing(StrEnum):
    """Whether a way to ask for permission is published; no order."""

    ASK = "ask"
    NONE = "none"


class Switch(StrEnum):
    """A token that is sent or not; from loose to strict."""

    OFF = "off"
    ON = "on"


class AnonymousMedia(StrEnum):
    """Which rendition a visitor without an account gets; from loose to strict."""

    FULL = "full"
    PREVIEW = "preview"
    NONE = "none"


class PeerMedia(StrEnum):
    """Which servers get the large rendition; from loose to strict."""

    ALL = "all"
    SIGNED = "signed"
    ALIGNED = "aligned"


PLACE_OFFER = "tdm.json"
"""The document below `/policies/` that says how to ask whoever looks after the place."""

OFFER = "offer"


def own_offer(username: str) -> str:
    """Return the document below `/policies/` that says how to ask an artist (P-122)."""
    return f"tdm/{username}.json"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is stated about one thing: an instance, an account or a work (table 1.1).

    `offer` names the document that says whom to ask: an account has one of its own or that of the place (P-122).
    """

    search: Use = Use.ALLOW
    ai_train: Use = Use.DENY
    ai_input: Use = Use.DENY
    tdm: Mining = Mining.RESERVED
    licensing: Licensing = Licensing.ASK
    noarchive: Switch = Switch.OFF
    anonymous_media: AnonymousMedia = AnonymousMedia.PREVIEW
    peer_media: PeerMedia = PeerMedia.SIGNED
    offer: str = PLACE_OFFER

    @property
    def unknown(self) -> frozenset[str]:
        """The fields that nobody stated, which only something of another server has (P-035)."""
        return frozenset()


Choice = Mapping[str, str]
"""What an account or a work chose: field to value; a field that is absent, or `inherit`, inherits."""

INHERIT = "inherit"

FIELDS: Mapping[str, type[StrEnum]] = {
    "search": Use,
    "ai_train": Use,
    "ai_input": Use,
    "tdm": Mining,
    "licensing": Licensing,
    "noarchive": Switch,
    "anonymous_media": AnonymousMedia,
    "peer_media": PeerMedia,
}
"""Every field with its values, from loose to strict."""

UNORDERED = frozenset({"licensing"})
_RANKS = {values: {value: rank for rank, value in enumerate(values)} for values in set(FIELDS.values())}

DEFAULT = Policy()
FLOOR = Policy(anonymous_media=AnonymousMedia.FULL, peer_media=PeerMedia.ALL)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The strictest values permitted; only for renditions, never for a use (P-015)."""

    anonymous_media: AnonymousMedia = AnonymousMedia.NONE
    peer_media: PeerMedia = PeerMedia.ALIGNED


@dataclass(frozen=True, slots=True)
class Bounds:
    """The loosest and the strictest values anyone on the instance may use (P-014, P-015)."""

    floor: Policy = FLOOR
    ceiling: Ceiling = Ceiling()

    def __post_init__(self) -> None:
        object.__setattr__(self, "floor", normalise(self.floor))


def normalise(policy: Policy) -> Policy:
    """Return the policy without contradiction, moved toward strict: reserved mining denies training (P-011)."""
    if policy.tdm is Mining.RESERVED and policy.ai_train is Use.ALLOW:
        return replace(policy, ai_train=Use.DENY)
    return policy


DEFAULT_BOUNDS = Bounds()


def value_of(field: str, value: str) -> StrEnum:
    """Return the field's value for a word, or raise `PolicyError` for an unknown field or word (P-010)."""
    if field not in FIELDS:
        raise PolicyError(field[:60], f"is no field of a policy; the fields are {', '.join(FIELDS)}")
    values = FIELDS[field]
    if value not in _RANKS[values]:
        raise PolicyError(field, f"{repr(value)[:60]} is not one of {', '.join(values)}")
    return values(value)


def strictness(value: StrEnum) -> int:
    """Return how strict a value is within its field, 0 for the loosest."""
    return _RANKS[type(value)][value]


def loosened(before: Policy, after: Policy) -> tuple[str, ...]:
    """Return the fields in which `after` permits more than `before` (P-018)."""
    pairs = {
        field: (getattr(before, field), getattr(after, field)) for field in FIELDS if field not in UNORDERED
    }
    return tuple(field for field, (old, new) in pairs.items() if strictness(new) < strictness(old))


def is_within(field: str, value: StrEnum, bounds: Bounds) -> bool:
    """Tell whether a value may be chosen for a field."""
    return _clamp(field, value, bounds) is value


def effective(
    instance: Policy, account: Choice, work: Choice, *, bounds: Bounds = DEFAULT_BOUNDS, public: bool = True
) -> Policy:
    """Return the policy that every surface states for one thing (P-012, P-013).

    Each field comes from the work, else the account, else the instance; it is clamped between floor
    and ceiling, then the whole is normalised. What is not public is never searchable and has no
    rendition for visitors, whatever is stored. Pass an empty mapping for a level that has no choice.
    """
    clamped: dict[str, Any] = {
        field: _clamp(field, _first_set(field, instance, account, work), bounds) for field in FIELDS
    }
    policy = normalise(replace(instance, **clamped, offer=account.get(OFFER, instance.offer)))
    if public:
        return policy
    return replace(policy, search=Use.DENY, anonymous_media=AnonymousMedia.NONE)


def check_choice(choice: Choice, bounds: Bounds = DEFAULT_BOUNDS) -> dict[str, str]:
    """Return the choice without inherited fields, ready to be stored.

    Raises `PolicyError` for an unknown field or value (P-010) and for a value looser than the floor (P-016).
    """
    chosen = {field: value_of(field, value) for field, value in choice.items() if value != INHERIT}
    for field, value in chosen.items():
        floor = getattr(bounds.floor, field)
        if field not in UNORDERED and strictness(value) < strictness(floor):
            raise PolicyError(field, f"{value} is looser than this server permits: at least {floor}")
    return {field: value.value for field, value in chosen.items()}


def check_instance(instance: Policy, bounds: Bounds = DEFAULT_BOUNDS) -> None:
    """Raise `PolicyError` unless floor <= instance default <= ceiling in every ordered field (P-014)."""
    for field in ("anonymous_media", "peer_media"):
        floor, ceiling = getattr(bounds.floor, field), getattr(bounds.ceiling, field)
        if strictness(floor) > strictness(ceiling):
            raise PolicyError(
                field, f"the loosest value permitted, {floor}, is stricter than the strictest, {ceiling}"
            )
    for field in FIELDS:
        value = getattr(instance, field)
        if not is_within(field, value, bounds):
            raise PolicyError(field, f"the instance default {value} is outside floor and ceiling")


def _first_set(field: str, instance: Policy, account: Choice, work: Choice) -> StrEnum:
    for choice in (work, account):
        if choice.get(field, INHERIT) != INHERIT:
            return value_of(field, choice[field])
    value: StrEnum = getattr(instance, field)
    return value


def _clamp(field: str, value: StrEnum, bounds: Bounds) -> StrEnum:
    if field in UNORDERED:
        return value
    lifted: StrEnum = max(getattr(bounds.floor, field), value, key=strictness)
    lowered: StrEnum = min(getattr(bounds.ceiling, field, lifted), lifted, key=strictness)
    return lowered
