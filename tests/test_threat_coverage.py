"""Every row of the table of threats and every rule of federation and of policy has a test, or its reason on the list of open ones."""

import ast
import csv
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
MARKERS = ("pytest.mark.threat", "pytest.mark.rule")


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="") as file:
        return list(csv.DictReader(file))


def listed() -> set[str]:
    """Every id that a test may name: threats, and the rules of the groups that `rules.csv` holds so far."""
    return {row["id"] for name in ("threats.csv", "rules.csv") for row in rows(name)}


def cited() -> Iterator[tuple[str, str]]:
    """Every listed kind of id that a marker names, with the file that does."""
    kinds = {name.split("-")[0] for name in listed()}
    for path in HERE.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in MARKERS:
                ids = [ast.literal_eval(each) for each in node.args]
                yield from (
                    (str(path.relative_to(HERE)), each) for each in ids if each.split("-")[0] in kinds
                )


def test_every_threat_and_every_rule_has_a_test_or_a_reason_why_not() -> None:
    known = listed()
    tested = {each for _, each in cited()}
    waiting = {row["id"] for row in rows("threats-open.csv")}
    assert not (lost := sorted(known - tested - waiting)), f"neither tested nor listed as open: {lost}"


def test_no_test_and_no_open_row_names_what_is_not_in_the_tables() -> None:
    known = listed()
    named = {*cited(), *(("threats-open.csv", row["id"]) for row in rows("threats-open.csv"))}
    assert not (strange := sorted(each for each in named if each[1] not in known)), strange


def test_the_open_list_gives_a_reason_and_names_each_id_once() -> None:
    waiting = rows("threats-open.csv")
    assert all(row["reason"].strip() for row in waiting)
    assert len({row["id"] for row in waiting}) == len(waiting)


def test_what_is_tested_is_not_listed_as_open_unless_a_part_is_missing() -> None:
    tested = {each for _, each in cited()}
    both = [row["id"] for row in rows("threats-open.csv") if row["id"] in tested]
    partly = {row["id"] for row in rows("threats-open.csv") if row["reason"].startswith("in part: ")}
    assert not (finished := sorted(set(both) - partly)), f"tested, and still on the open list: {finished}"
