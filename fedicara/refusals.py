"""What was refused since the ledger was last written."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """One line of the ledger of refusals: everything that is known of a refused request, which is not who asked (P-225)."""

    day: date
    token: str
    reason: str
    surface: str
    field: str = ""
    verified: bool = False
    actor_id: int = 0
    work_id: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """A refused request for the diagnostic log, with its address cut to a network (P-228)."""

    moment: datetime
    network: str
    user_agent: str
    path: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often each line was refused, how many bytes that withheld, and the diagnostic log where it is on."""

    counted: Counter[Refused] = field(default_factory=Counter)
    withheld: Counter[Refused] = field(default_factory=Counter)
    traces: deque[Trace] = field(default_factory=lambda: deque(maxlen=1_000))
