"""Reports, suspensions, deletions and the end of a place, from the command line."""

import json
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.fedicara.cli.command import Place
from tests.media.markers import SETTINGS, png


@pytest.mark.threat("MOD-09")
def test_reports_are_listed_shown_and_closed_and_accounts_suspended(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    for name in ("ada", "bob"):
        assert place.tell("accounts", "create", name).returncode == 0
    token = place.tell("tokens", "create", "bob", "--scope", "write").stdout.strip()
    with place.serving():
        account = json.loads(place.get("/api/v1/accounts/lookup?acct=ada"))
        place.send(
            "/api/v1/reports", token, account_id=account["id"], comment="Spam\tand\nmore", category="spam"
        )
    (line,) = place.tell("reports", "list").stdout.splitlines()
    number, _, *rest = line.split("\t")
    assert rest == ["spam", "ada", "bob", ""]
    shown = json.loads(place.tell("reports", "show", number).stdout)
    assert (shown["words"], shown["by"], shown["decision"]) == ("Spam\tand\nmore", "bob", "")
    assert place.tell("reports", "show", "1").returncode == 1
    done = place.tell("reports", "close", number, "--decision", "suspend", "--note", "Enough")
    assert (done.returncode, place.tell("reports", "list").stdout) == (0, "")
    assert place.tell("reports", "close", number).returncode == 1
    assert place.tell("reports", "list", "--decided").stdout.endswith("\tsuspend\n")
    assert "Nobody here" in place.tell("tokens", "create", "ada", "--scope", "read").stderr
    assert place.tell("accounts", "unsuspend", "@ada").returncode == 0
    assert place.tell("accounts", "suspend", "ada", "--note", "Again").returncode == 0
    missing = place.tell("accounts", "suspend", "eve@there.example")
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
    itself = place.tell("accounts", "suspend", f"{place.base_url}/actor")
    assert (itself.returncode, "this place itself" in itself.stderr) == (1, True)
    log = [json.loads(entry) for entry in place.tell("audit").stdout.splitlines()]
    assert [entry["action"] for entry in log] == [
        "accounts suspend",
        "accounts unsuspend",
        "reports close",
        "accounts suspend",
    ]
    assert {entry["who"] for entry in log} == {"command line"}


@pytest.mark.rule("F-389", "F-021")
def test_an_account_is_deleted_and_a_place_retired_only_by_who_means_it(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    for name in ("ada", "bob"):
        assert place.tell("accounts", "create", name).returncode == 0
    unasked = place.tell("accounts", "delete", "ada")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert place.tell("accounts", "delete", "ada", "--yes").returncode == 0
    assert place.tell("accounts", "delete", "ada", "--yes").returncode == 1
    assert "taken" in place.tell("accounts", "create", "ada").stderr
    domain = place.base_url.removeprefix("http://")
    assert place.tell("retire").returncode == 2
    assert place.tell("retire", "--yes", "other.example").returncode == 2
    assert place.tell("accounts", "suspend", "bob").returncode == 0
    done = place.tell("retire", "--yes", domain)
    assert (done.returncode, done.stdout) == (0, "")
    assert place.tell("retire", "--yes", domain).returncode == 0
    assert "closing" in place.tell("accounts", "create", "eve").stderr
    process = place.start("serve", "--port", str(place.port))
    try:
        assert process.stdout is not None
        said = [process.stdout.readline(), process.stdout.readline()]
        assert "retired" in said[1]
        with pytest.raises(HTTPError) as gone:
            place.get("/robots.txt")
        assert gone.value.code == 410
    finally:
        process.terminate()
        process.communicate(timeout=120)


@pytest.mark.rule("P-402", "P-421")
def test_cases_and_the_rules_about_works_made_with_ai_are_told_and_decided(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    assert place.tell("accounts", "create", "ada", "--ai", "none").returncode == 0
    picture = tmp_path / "heron.png"
    picture.write_bytes(png({"parameters": SETTINGS}))
    held = place.tell("works", "post", "ada", picture, "--alt", "A heron")
    assert (held.returncode, "is held" in held.stderr) == (0, True)
    (line,) = place.tell("cases", "list").stdout.splitlines()
    number, _, *rest = line.split("\t")
    assert rest == ["hold", "held", "ada", held.stdout.strip()]
    shown = json.loads(place.tell("cases", "show", number).stdout)
    assert (shown["declared"], shown["decisions"]) == ("none", ["clear", "uphold"])
    assert shown["evidence"][0]["field"] == "text:parameters"
    assert place.tell("cases", "show", "1").returncode == 1
    for act in ("ask", "label", "remove"):
        assert place.tell("cases", act, number).returncode == 1
    assert place.tell("cases", "uphold", number, "--note", "Two").returncode == 0
    assert place.tell("cases", "clear", number).returncode == 1
    assert place.tell("cases", "list", "--decided").stdout.split("\t")[3] == "upheld"
    again = place.tell("works", "post", "ada", picture, "--alt", "Again")
    fresh = place.tell("cases", "list").stdout.split("\t")[0]
    assert (again.returncode, place.tell("cases", "clear", fresh).returncode) == (0, 0)
    assert place.tell("ai-made", "show").stdout == "generated\tforbid\nassisted\tlabel\nremote\tlabel\n"
    forbidden = place.tell("works", "post", "ada", picture, "--alt", "Third", "--ai", "generated")
    assert (forbidden.returncode, "takes no works" in forbidden.stderr) == (1, True)
    assert (
        place.tell("ai-made", "set").returncode
        == place.tell("ai-made", "set", "--remote", "burn").returncode
        == 2
    )
    told = place.tell("ai-made", "set", "--generated", "allow", "--remote", "hide")
    assert told.stdout == "generated\tallow\nassisted\tlabel\nremote\thide\n"
    actions = [json.loads(entry)["action"] for entry in place.tell("audit").stdout.splitlines()]
    assert sorted(actions) == ["ai-made set", "cases clear", "cases hold", "cases hold", "cases uphold"]


def test_pictures_are_banned_by_the_address_of_their_post_and_the_ban_is_taken_back(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    assert place.tell("accounts", "create", "eve").returncode == 0
    file = tmp_path / "hills.png"
    file.write_bytes(png())
    sheet = (file, "--alt", "Hills", "--ai", "none")
    address = place.tell("works", "post", "eve", *sheet).stdout.strip()
    unknown = place.tell("pictures", "ban", f"{address}7")
    assert (unknown.returncode, "is known here" in unknown.stderr) == (1, True)
    done = place.tell("pictures", "ban", address, "--note", "Traced\tfrom\nada")
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert place.tell("pictures", "ban", address).stdout == "0\n"
    [line] = place.tell("pictures", "banned").stdout.splitlines()
    number, _, who, digits, note = line.split("\t")
    assert (who, len(digits), note) == ("command line", 12, "Traced from ada")
    refused = place.tell("works", "post", "eve", *sheet)
    assert refused.returncode != 0
    assert "This place does not take this picture" in refused.stderr
    assert place.tell("pictures", "unban", number).returncode == 0
    assert place.tell("pictures", "unban", number).returncode == 1
    assert place.tell("pictures", "banned").stdout == ""
    log = [json.loads(entry)["action"] for entry in place.tell("audit").stdout.splitlines()]
    assert [each for each in log if each.startswith("pictures")] == [
        "pictures unban",
        "pictures ban",
        "pictures ban",
    ]
