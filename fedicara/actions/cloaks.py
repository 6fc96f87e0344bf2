"""Which cloak a picture gets, within what the place offers, and what may be said of it (C-004, C-023)."""

from typing import Any, Final

from fedicara.actions.errors import Invalid
from fedicara.settings import STRENGTHS, Settings
from media.cloak import ENGINES, Engine
from media.cloak.ascent import ASCENT
from media.cloak.untouched import EXTERNAL, NONE

CLIMB_MEMORY: Final = 12 * 1024**3
"""Bytes of addresses, which torch asks for many of; what is used depends on the encoders."""
CLIMB_BESIDE: Final = 120.0
"""Seconds for all that is done to a picture beside the climb."""
LABELS: Final = {
    "light": "Light",
    "standard": "Standard",
    "strong": "Strong",
    EXTERNAL.name: "I cloaked it myself",
    NONE.name: "None",
}
GATE: Final = (
    "Experimental: it has not been shown to shift how encoders it never saw read a picture at least 1.5 times as far "
    "as low-frequency noise that is equally visible."
)
LIMITS: Final = "It does not prevent training, and purification tools can remove it."
COST: Final = "It raises the cost of copying a style; it does not prevent training, and purification tools can remove it."
LEAVING: Final = ("", EXTERNAL.name, NONE.name)
ELSEWHERE: Final = "Cloaked by the artist before it came here, so the artist says. This place added nothing."


def is_adding(settings: Settings) -> bool:
    """Whether this place cloaks pictures; an engine that is not there counts, so that its absence is noticed."""
    return is_cloak(settings.cloak)


def usual(settings: Settings) -> str:
    """What works get where nobody says otherwise: a strength, `external` or `none`."""
    return settings.cloak_strength if is_adding(settings) else settings.cloak


def offered(settings: Settings) -> tuple[str, ...]:
    """What an artist may choose here, from weak to strong, then what adds nothing."""
    weakest = STRENGTHS.index(settings.cloak_weakest)
    strengths = STRENGTHS[weakest:] if is_adding(settings) else ()
    permitted = {EXTERNAL.name: settings.cloak_external, NONE.name: settings.cloak_none}
    return (*strengths, *(name for name, may in permitted.items() if may or settings.cloak == name))


def inherited(settings: Settings, of_account: str) -> str:
    """What a new work of an account starts with; what the place offers no longer is not taken over."""
    return of_account if of_account in offered(settings) else usual(settings)


def checked(settings: Settings, chosen: str, stored: str = "") -> str:
    """The choice, `Invalid` where the place does not offer it; what is stored already may stay."""
    if chosen not in (*offered(settings), stored):
        raise Invalid("cloak", f"Say one of {', '.join(offered(settings))}.")
    return chosen


def engine_of(settings: Settings, choice: str, before: str) -> tuple[str, str]:
    """Engine and strength for a choice; a place that adds nothing any more goes on as `before`, never without."""
    if choice not in STRENGTHS:
        return choice, settings.cloak_strength
    if is_adding(settings):
        return settings.cloak, choice
    names = list(versions())
    return (before if before in names else names[0]), choice


def is_cloak(engine: str) -> bool:
    """Whether an engine of this name changed the picture it was given."""
    return engine not in LEAVING


def names() -> tuple[str, ...]:
    """What the setting `cloak` may name."""
    return tuple(ENGINES)


def versions() -> dict[str, str]:
    """The engines that are there and change pictures, each with its version."""
    return {name: engine.version for name, engine in ENGINES.items() if engine.changes}


def words(settings: Settings) -> str:
    """What may be said of the cloak of this place wherever it is offered; empty where there is none."""
    engine = ENGINES.get(settings.cloak)
    return _words(engine) if engine is not None and engine.changes else ""


def title(settings: Settings) -> str:
    """The engine by name, with `experimental` while that is what it is."""
    engine = ENGINES.get(settings.cloak)
    return f"{settings.cloak}{' (experimental)' if engine and engine.experimental else ''}"


def stated(engine: str, strength: str) -> str:
    """What a work says of the cloak its pictures have; empty where they have none."""
    if engine == EXTERNAL.name:
        return ELSEWHERE
    if not is_cloak(engine):
        return ""
    found = ENGINES.get(engine)
    said = f"{engine.capitalize()}, {strength}"
    if found is None:
        return f"{said}. {LIMITS}"
    return f"{said}{' (experimental)' if found.experimental else ''}. {_words(found)}"


def _words(engine: Engine) -> str:
    if engine.experimental or not engine.measured:
        gate = (GATE,) if engine.experimental else ()
        return " ".join(("Adds a small change to the picture.", *gate, LIMITS))
    return f"{engine.measured} {COST}"


def climb(settings: Settings, engine: str) -> dict[str, Any]:
    """What the process of a picture is told for the strong engine beyond what every picture gets."""
    if engine != ASCENT.name:
        return {}
    encoders = [path.strip() for path in settings.cloak_encoders.split(",") if path.strip()]
    seconds = settings.cloak_seconds
    return {
        "climb": {"encoders": encoders, "seconds": seconds},
        "memory_bytes": CLIMB_MEMORY,
        "cpu_seconds": round(CLIMB_BESIDE + 2 * seconds),
    }
