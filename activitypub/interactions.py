"""Who may like, answer, boost and quote a post, between documents and values (F-250 to F-253)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from activitypub.document import Document, ids

__all__ = ["NAMES", "Rule", "Rules", "read", "render"]

NAMES: Final = ("canLike", "canReply", "canAnnounce", "canQuote")
_MAX_ENTRIES: Final = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """Whose approval comes by itself and who has to ask: ids of actors and collections, or Public."""

    automatic: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()


Rules = Mapping[str, Rule]


def render(rules: Rules) -> Document:
    """Return an `interactionPolicy`; what nobody is asked about is left out (F-010)."""
    return {name: _present(rule) for name, rule in rules.items()}


def _present(rule: Rule) -> Document:
    stated = {"automaticApproval": list(rule.automatic), "manualApproval": list(rule.manual)}
    return {name: entries for name, entries in stated.items() if entries}


def read(value: Any) -> dict[str, Rule]:
    """Return the rules that an `interactionPolicy` states, in its present and its older words (F-253).

    What is not stated is open to everybody; a rule that names nobody is open to the author alone.
    """
    stated = value if isinstance(value, dict) else {}
    return {name: _rule(stated[name]) for name in NAMES if isinstance(stated.get(name), dict)}


def _rule(entry: Document) -> Rule:
    automatic = entry.get("automaticApproval", entry.get("always"))
    manual = entry.get("manualApproval", entry.get("approvalRequired"))
    return Rule(tuple(ids(automatic)[:_MAX_ENTRIES]), tuple(ids(manual)[:_MAX_ENTRIES]))
