"""The policy of a place from the command line."""

import json
from pathlib import Path

import pytest

from tests.fedicara.cli.command import Place


@pytest.mark.rule("P-010", "P-014", "P-015", "P-018")
def test_the_policy_of_a_place_is_shown_and_set_within_its_bounds(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    shown = place.tell("policy", "show").stdout.splitlines()
    assert shown[:2] == ["search\tallow\tallow\tdeny", "ai_train\tdeny\tdeny\tdeny"]
    assert "licensing\task\t\t" in shown
    done = place.tell("policy", "set", "search=deny", "--ceiling", "peer_media=signed")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "search\tdeny\tallow\tdeny")
    assert "peer_media\tsigned\tall\tsigned" in done.stdout
    for words, code, said in (
        (["set"], 2, "Say what to set"),
        (["set", "search"], 2, "FIELD=VALUE"),
        (["set", "search=perhaps"], 1, "search"),
        (["set", "ai_train=allow"], 1, "ai_train"),
        (["set", "--ceiling", "ai_train=deny"], 1, "ai_train"),
        (["set", "search=allow"], 1, "--yes"),
    ):
        failed = place.tell("policy", *words)
        assert (failed.returncode, failed.stderr.count("\n"), said in failed.stderr) == (code, 1, True), words
    assert place.tell("policy", "set", "search=allow", "--yes").returncode == 0
    stored = json.loads(place.tell("policy", "show", "--json").stdout)
    assert (stored["default"]["search"], stored["ceiling"]["peer_media"]) == ("allow", "signed")
    log = [json.loads(entry) for entry in place.tell("audit").stdout.splitlines()]
    assert [entry["detail"] for entry in log] == [
        {"default": {"search": "allow"}},
        {"default": {"search": "deny"}, "ceiling": {"peer_media": "signed"}},
    ]
