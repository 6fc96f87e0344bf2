"""Every row of the table of threats has a test, or stands with its reason on the list of open ones."""

import ast
import csv
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="") as file:
        return list(csv.DictReader(file))


def cited() -> Iterator[tuple[str, str]]:
    """Every id that a `threat` marker names, with the file that does."""
    for path in HERE.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.threat":
                yield from ((str(path.relative_to(HERE)), ast.literal_eval(each)) for each in node.args)


def test_every_threat_has_a_test_or_a_reason_why_not() -> None:
    known = {row["id"] for row in rows("threats.csv")}
    tested = {each for _, each in cited()}
    waiting = {row["id"] for row in rows("threats-open.csv")}
    assert not (lost := sorted(known - tested - waiting)), f"neither tested nor listed as open: {lost}"


def test_no_test_and_no_open_row_names_a_threat_that_is_not_in_the_table() -> None:
    known = {row["id"] for row in rows("threats.csv")}
    named = {*cited(), *(("threats-open.csv", row["id"]) for row in rows("threats-open.csv"))}
    assert not (strange := sorted(each for each in named if each[1] not in known)), strange


def test_the_open_list_gives_a_reason_and_names_each_threat_once() -> None:
    waiting = rows("threats-open.csv")
    assert all(row["reason"].strip() for row in waiting)
    assert len({row["id"] for row in waiting}) == len(waiting)


def test_what_is_tested_is_not_listed_as_open_unless_a_part_is_missing() -> None:
    tested = {each for _, each in cited()}
    both = [row["id"] for row in rows("threats-open.csv") if row["id"] in tested]
    partly = {row["id"] for row in rows("threats-open.csv") if row["reason"].startswith("in part: ")}
    assert not (finished := sorted(set(both) - partly)), f"tested, and still on the open list: {finished}"
