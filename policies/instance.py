"""What an instance has set: the default for everything on it, and the bounds within which artists choose."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from policies.errors import PolicyError
from policies.policy import (
    DEFAULT,
    DEFAULT_BOUNDS,
    FIELDS,
    UNORDERED,
    Bounds,
    Ceiling,
    Choice,
    Mining,
    Policy,
    Use,
    check_instance,
    effective,
    value_of,
)

CEILINGS = tuple(asdict(Ceiling()))
FLOORS = tuple(field for field in FIELDS if field not in UNORDERED)


@dataclass(frozen=True, slots=True)
class Instance:
    """The instance default and its bounds, floor <= default <= ceiling (P-014, P-015)."""

    default: Policy = DEFAULT
    bounds: Bounds = DEFAULT_BOUNDS


def changed(instance: Instance, default: Choice, floor: Choice, ceiling: Choice) -> Instance:
    """Return the instance with some fields set anew.

    Raises `PolicyError` for an unknown field or value (P-010), for a bound that no field has (P-015), for training
    allowed where mining stays reserved (P-011), and for a default outside of floor and ceiling (P-014).
    """
    bounds = Bounds(
        replace(instance.bounds.floor, **_values(floor, FLOORS)),
        replace(instance.bounds.ceiling, **_values(ceiling, CEILINGS)),
    )
    made = Instance(replace(instance.default, **_values(default)), bounds)
    _check_reserved(made.default)
    if floor.get("ai_train") == Use.ALLOW and bounds.floor.ai_train is not Use.ALLOW:
        raise PolicyError("ai_train", "allow needs tdm=open beside it, in the floor as well")
    check_instance(made.default, made.bounds)
    return made


def read(stored: Mapping[str, Choice]) -> Instance:
    """Return the instance from what `written` gave; what is missing has its default."""
    return changed(Instance(), stored.get("default", {}), stored.get("floor", {}), stored.get("ceiling", {}))


def written(instance: Instance) -> dict[str, dict[str, str]]:
    """Return the instance as words, ready to be stored."""
    return {
        "default": _words(instance.default),
        "floor": {field: word for field, word in _words(instance.bounds.floor).items() if field in FLOORS},
        "ceiling": _words(instance.bounds.ceiling),
    }


def stated(instance: Instance, account: Choice, work: Choice, *, public: bool = True) -> Policy:
    """Return the policy in force for an account's and a work's choice on this instance."""
    return effective(instance.default, account, work, bounds=instance.bounds, public=public)


def _check_reserved(policy: Policy) -> None:
    if policy.tdm is Mining.RESERVED and policy.ai_train is Use.ALLOW:
        raise PolicyError("ai_train", "allow needs tdm=open beside it: reserved mining includes training")


def _values(choice: Choice, fields: tuple[str, ...] = ()) -> dict[str, Any]:
    for field in choice:
        if fields and field not in fields:
            raise PolicyError(field[:60], f"has no such bound; those that have are {', '.join(fields)}")
    return {field: value_of(field, value) for field, value in choice.items()}


def _words(policy: Policy | Ceiling) -> dict[str, str]:
    return {field: str(value) for field, value in asdict(policy).items() if field in FIELDS}
