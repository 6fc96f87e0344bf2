"""The choice of a cloak as forms show it."""

from dataclasses import dataclass

from fedicara.actions import cloaks
from fedicara.settings import Settings


@dataclass(frozen=True, slots=True)
class Question:
    """A choice of a cloak: value and label of each answer, the one chosen, and what may be said of the engine."""

    options: tuple[tuple[str, str], ...]
    chosen: str
    title: str
    words: str


def question(settings: Settings, chosen: str, above: str = "") -> Question:
    """The choice; with `above` it may be left to whom that names, and a choice no longer offered stays as it is."""
    offered = cloaks.offered(settings)
    names = [*offered, *([chosen] if chosen in cloaks.LABELS and chosen not in offered else [])]
    inherited = [("", f"{above}: {cloaks.LABELS[cloaks.usual(settings)].lower()}")] if above else []
    options = (*inherited, *((name, cloaks.LABELS[name]) for name in names))
    return Question(options, chosen, cloaks.title(settings), cloaks.words(settings))
