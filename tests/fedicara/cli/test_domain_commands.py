"""Rules about other servers, from the command line."""

from pathlib import Path

import pytest

from tests.fedicara.cli.command import Place


@pytest.mark.rule("F-306")
def test_rules_are_set_imported_listed_removed_and_logged(tmp_path: Path) -> None:
    place, source = Place(tmp_path / "data").settled(), tmp_path / "list.txt"
    source.write_text("worse.example\n127.0.0.1\n")
    assert place.tell("domains", "set", "Bad.example", "reject", "--note", "floods us").returncode == 0
    dry = place.tell("domains", "import", source, "--source", "friends")
    assert dry.stdout == "+\tworse.example\treject\n"
    assert "--apply" in dry.stderr
    assert place.tell("domains", "list").stdout == "bad.example\treject\t\tfloods us\n"
    assert place.tell("domains", "import", source, "--source", "friends", "--apply").returncode == 0
    assert place.tell("domains", "remove", "bad.example").returncode == 0
    assert place.tell("domains", "list").stdout == "worse.example\treject\tfriends\t\n"
    again = place.tell("domains", "remove", "bad.example")
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    log = place.tell("audit").stdout
    assert [word in log for word in ("domains set", "domains import", "domains remove")] == [True] * 3
