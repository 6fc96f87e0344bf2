"""FEDERATION.md says what the code does: its headings, activities, terms, addresses and FEPs (F-420, F-422)."""

import ast
import csv
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from activitypub import activities, names
from fedicara.federation.handlers.registry import HANDLERS
from fedicara.federation.heard.receive import handlers  # noqa: F401  (fills the registry)
from fedicara.peers.routes import ROUTES
from tests.test_threat_coverage import cited

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "FEDERATION.md").read_text()
WORDS = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)

HEADINGS = [
    "Supported federation protocols and standards",
    "Supported FEPs",
    "ActivityPub: activities",
    "ActivityPub: actors, posts, projects",
    "Authorized fetch and signatures",
    "AI-use policy",
    "Limits",
    "Never",
    "Additional documentation",
]
ACTIVITIES = frozenset(
    [
        "Accept",
        "Add",
        "Announce",
        "Arrive",
        "Block",
        "Create",
        "Delete",
        "Dislike",
        "EmojiReact",
        "Flag",
        "Follow",
        "Ignore",
        "Invite",
        "Join",
        "Leave",
        "Like",
        "Listen",
        "Move",
        "Offer",
        "QuoteRequest",
        "Read",
        "Reject",
        "Remove",
        "Travel",
        "Undo",
        "Update",
        "View",
    ]
)

# Each FEP that is listed, and the rule whose tests show it.
FEPS = {
    "67ff": "F-420",
    "f1d5": "F-275",
    "521a": "F-026",
    "844e": "F-035",
    "8b32": "F-322",
    "2677": "F-275",
    "2c59": "F-034",
    "5feb": "F-030",
    "7628": "F-380",
    "1b12": "F-212",
    "fe34": "F-350",
    "1311": "F-059",
    "0151": "F-276",
    "7888": "F-265",
    "f228": "F-265",
    "eb48": "F-067",
    "fb2a": "F-028",
    "1e38": "F-033",
    "044f": "F-252",
    "9098": "F-067",
}


def section(heading: str) -> str:
    """The text under a heading."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a section's tables, their heads included."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def kinds(column: int) -> set[str]:
    """The activities that the table says are received (1) or sent (2)."""
    told = [
        row for row in rows(section("ActivityPub: activities"))[1:] if not re.match(r"not?\b", row[column])
    ]
    return {
        word for row in told for word in re.findall(r"[A-Za-z]+", re.sub(r"\(.*?\)", "", row[0]))
    } & ACTIVITIES


@pytest.mark.rule("F-420")
def test_the_headings_stand_in_their_order() -> None:
    assert re.findall(r"^## (.*)$", PAGE, re.MULTILINE) == HEADINGS


@pytest.mark.rule("F-420")
def test_the_table_of_activities_names_what_has_a_handler_and_nothing_else() -> None:
    registered = HANDLERS.keys()
    assert kinds(1) == {kind for kind, _ in registered}


@pytest.mark.rule("F-420", "F-246")
def test_the_table_of_activities_names_what_can_be_built_and_nothing_else_is_sent() -> None:
    tree = ast.parse(Path(activities.__file__).read_text())
    built = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)} & ACTIVITIES
    assert kinds(2) == built
    assert not built & {"EmojiReact", "View", "Listen", "Read", "Dislike", "Join", "Arrive", "Travel"}


@pytest.mark.rule("F-420", "F-421")
def test_every_term_that_our_contexts_define_is_named() -> None:
    contexts = (names.ACTOR_CONTEXT, names.NOTE_CONTEXT, names.PROJECT_CONTEXT)
    told = set(re.findall(r"[A-Za-z]+", " ".join(re.findall(r"`([^`]+)`", WORDS))))
    assert not (silent := {term for context in contexts for term in terms(context)} - told), silent
    assert set(names.OWN_TERMS) <= told
    assert names.FEDICARA in PAGE


def terms(context: list[Any]) -> set[str]:
    """The terms of a context without its prefixes."""
    return {
        term
        for inline in context
        if isinstance(inline, dict)
        for term, meaning in inline.items()
        if not (isinstance(meaning, str) and meaning.startswith("http") and meaning[-1] in "#/")
    }


@pytest.mark.rule("F-420", "F-001")
def test_every_address_that_other_servers_ask_for_is_named_and_no_other() -> None:
    table = section("Supported federation protocols and standards")
    told = {address for row in rows(table)[1:] for address in addresses(row[1])}
    routed = {
        re.sub(r"\{id:id\}", "ID", route.path).replace("{version}", "VERSION")
        for route in ROUTES
        if isinstance(route, Route) and "{rest}" not in route.path
    }
    assert told == routed


def addresses(cell: str) -> list[str]:
    """The addresses of a cell; those after `below it` begin with the first."""
    found = re.findall(r"`([^`]+)`", cell)
    above = cell.partition("below it")[0]
    first = found[0] if "below it" in cell else ""
    return [address if f"`{address}`" in above else first + address for address in found] if first else found


@pytest.mark.rule("F-422")
def test_a_fep_is_listed_where_a_test_shows_it() -> None:
    listed = set(re.findall(r"FEP-([0-9a-f]{4})", section("Supported FEPs")))
    assert listed == set(FEPS)
    tested = {each for _, each in cited()}
    with (ROOT / "tests" / "threats-open.csv").open(newline="") as file:
        waiting = {row["id"] for row in csv.DictReader(file)}
    assert not {fep: rule for fep, rule in FEPS.items() if rule not in tested or rule in waiting}
