"""Whom the works of an account name to be asked, from the command line."""

import json
from pathlib import Path

import pytest

from tests.fedicara.cli.command import Place


@pytest.mark.rule("P-122", "P-149")
def test_an_admin_reads_and_sets_where_an_artist_is_asked_and_what_people_elsewhere_read(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path / "data").settled()
    place.tell("accounts", "create", "ada", "--password-stdin", stdin="correct horse battery\n")
    shown = place.tell("accounts", "policy", "ada").stdout
    assert shown == "contact_url\t\nprofile_line\tno\npost_line\tno\n"
    page = "https://ada.example/licences"
    told = place.tell("accounts", "policy", "ada", "--contact-url", page, "--post-line")
    assert (told.returncode, told.stdout) == (0, f"contact_url\t{page}\nprofile_line\tno\npost_line\tyes\n")
    assert place.tell("accounts", "policy", "ada").stdout == told.stdout
    failed = place.tell("accounts", "policy", "ada", "--contact-url", "ada.example")
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert "https://ada.example/licences" in failed.stderr
    assert place.tell("accounts", "policy", "nobody").returncode == 1
    assert place.tell("accounts", "policy", "ada", "--contact-url", "", "--no-post-line").stdout == shown
    log = [json.loads(entry) for entry in place.tell("audit").stdout.splitlines()]
    assert [(entry["action"], entry["detail"]["contact_url"]) for entry in log] == [
        ("policy of an account", ""),
        ("policy of an account", page),
    ]
