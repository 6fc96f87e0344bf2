"""The course of a case about AI in the making of a work, as one table (state diagram of section 5.3)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """Why there is a case."""

    HOLD = "hold"
    REPORT = "report"
    QUESTION = "question"
    HINT = "hint"
    UNREADABLE = "unreadable"


PRIORITIES: Mapping[Kind, int] = MappingProxyType(
    {Kind.HOLD: 80, Kind.REPORT: 60, Kind.QUESTION: 40, Kind.HINT: 20, Kind.UNREADABLE: 10}
)
"""Which cases moderators see first; those of one kind lie twenty and less apart."""
APPEALED = 100


class Stage(StrEnum):
    """How far a case is; the work is held, published, or gone from this place meanwhile."""

    HELD = "held"
    REVIEW = "review"
    UPHELD = "upheld"
    APPEALED = "appealed"
    FINAL = "final"
    WITHDRAWN = "withdrawn"

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    LABELLED = "labelled"
    REMOVED = "removed"
    REMOVAL_APPEALED = "removal appealed"
    REMOVAL_FINAL = "removal final"

    RELABELLED = "relabelled"
    CLEARED = "cleared"


HOLDING = (Stage.HELD, Stage.REVIEW, Stage.UPHELD, Stage.APPEALED, Stage.FINAL)
WAITING = (
    Stage.HELD,
    Stage.REVIEW,
    Stage.APPEALED,
    Stage.OPEN,
    Stage.ASKED,
    Stage.ANSWERED,
    Stage.REMOVAL_APPEALED,
)
"""Stages in which moderators may have something to do."""
CONTESTED = (Stage.APPEALED, Stage.REMOVAL_APPEALED)
"""Stages in which another moderator decides, if there is one (P-421)."""


class Act(StrEnum):
    """What moves a case."""

    RELABEL = "relabel"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"
    CONFIRM = "confirm"

    CLEAR = "clear"
    UPHOLD = "uphold"
    ASK = "ask"
    LABEL = "label"
    REMOVE = "remove"

    LAPSE = "lapse"


OF_ARTIST = (Act.RELABEL, Act.APPEAL, Act.WITHDRAW, Act.CONFIRM)
OF_MODERATOR = (Act.CLEAR, Act.UPHOLD, Act.ASK, Act.LABEL, Act.REMOVE)

_OUT = {Act.RELABEL: Stage.RELABELLED, Act.WITHDRAW: Stage.WITHDRAWN}
_LEFT = {**_OUT, Act.LAPSE: Stage.WITHDRAWN}
_COURSE: Mapping[Stage, Mapping[Act, Stage]] = {
    Stage.HELD: {**_LEFT, Act.APPEAL: Stage.REVIEW, Act.CLEAR: Stage.CLEARED, Act.UPHOLD: Stage.UPHELD},
    Stage.REVIEW: {**_OUT, Act.CLEAR: Stage.CLEARED, Act.UPHOLD: Stage.UPHELD},
    Stage.UPHELD: {**_LEFT, Act.APPEAL: Stage.APPEALED},
    Stage.APPEALED: {**_OUT, Act.CLEAR: Stage.CLEARED, Act.UPHOLD: Stage.FINAL},
    Stage.FINAL: _LEFT,
    Stage.OPEN: {
        Act.CONFIRM: Stage.ANSWERED,
        Act.RELABEL: Stage.RELABELLED,
        Act.CLEAR: Stage.CLEARED,
        Act.ASK: Stage.ASKED,
    },
    Stage.ASKED: {
        Act.CONFIRM: Stage.ANSWERED,
        Act.RELABEL: Stage.RELABELLED,
        Act.CLEAR: Stage.CLEARED,
        Act.LAPSE: Stage.ANSWERED,
    },
    Stage.ANSWERED: {
        Act.RELABEL: Stage.RELABELLED,
        Act.CLEAR: Stage.CLEARED,
        Act.LABEL: Stage.LABELLED,
        Act.REMOVE: Stage.REMOVED,
    },
    Stage.REMOVED: {Act.APPEAL: Stage.REMOVAL_APPEALED},
    Stage.REMOVAL_APPEALED: {Act.CLEAR: Stage.CLEARED, Act.UPHOLD: Stage.REMOVAL_FINAL},
}

PATIENCE: Mapping[Stage, timedelta] = MappingProxyType(
    {
        Stage.HELD: timedelta(days=30),
        Stage.UPHELD: timedelta(days=30),
        Stage.FINAL: timedelta(days=30),
        Stage.ASKED: timedelta(days=7),
    }
)
"""How long a case stays in a stage before it moves by itself."""


def acts(stage: Stage) -> Mapping[Act, Stage]:
    """Return what can be done in a stage, and where it leads."""
    return _COURSE.get(stage, {})


def moved(stage: Stage, act: Act) -> Stage | None:
    """Return the stage that an act leads to, or None where it cannot be done now."""
    return acts(stage).get(act)
