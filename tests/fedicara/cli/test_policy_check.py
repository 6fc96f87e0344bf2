"""`fedicara policy check` on a server that really serves: table, JSON and exit codes."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from fedicara.settings import Settings
from tests.fedicara.cli.command import Place
from tests.fediverse import drawing
from tests.running import Running

SURFACES = {f"S{number:02}" for number in range(1, 15)} - {"S09", "S10"}
"""All but the two that are options."""


def posted(place: Place, token: str) -> Any:
    """A public work with a picture, sent as an app does."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=place.base_url, headers=headers, timeout=60, trust_env=False) as api:
        picture = ("drawing.png", drawing(), "image/png")
        media = api.post("/api/v2/media", files={"file": picture}, data={"description": "A drawing"})
        status = api.post("/api/v1/statuses", json={"media_ids": [media.json()["id"]], "status": "Said"})
        assert status.status_code == 200, status.text
        return status.json()


@pytest.mark.rule("P-107", "P-504", "P-506", "P-507", "P-509", "P-010")
def test_the_command_proves_a_server_that_serves_and_says_what_is_wrong(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    settings = Settings(base_url=place.base_url, data=place.data, egress_allow="127.0.0.0/8", cloak="none")
    running = Running(settings, "127.0.0.1", place.port)
    running.start()
    try:
        work = posted(place, running.artist("ada"))
        for address in (work["url"], work["uri"], work["media_attachments"][0]["preview_url"]):
            report = json.loads(place.tell("policy", "check", address, "--json").stdout)
            faults = [row for row in report["rows"] if row["verdict"] not in ("pass", "n/a")]
            assert (faults, report["mode"], report["exit"]) == ([], "self", 0), address
        assert "gate" in {row["surface"] for row in report["rows"]}
        assert {row["surface"] for row in report["rows"] if row["verdict"] == "pass"} >= SURFACES
        url = f"{place.base_url}/@ada"
        told = place.tell("policy", "check", url)
        assert told.returncode == 0, told.stdout
        assert told.stdout.splitlines()[0].split() == ["SURFACE", "EXPECTED", "SEEN", "VERDICT"]
        assert "not what anybody heeds" in told.stdout
        assert "score" not in told.stdout
        report = json.loads(place.tell("policy", "check", url, "--json").stdout)
        members = ["schema", "url", "checked_at", "mode", "expected", "rows", "summary", "exit"]
        assert list(report) == members
        assert (report["schema"], report["mode"], report["exit"]) == ("fedicara.policy-check/1", "self", 0)
        again = json.loads(place.tell("policy", "check", url, "--json", "--surface", "s01").stdout)
        assert {row["surface"] for row in again["rows"]} == {"S01"}
        assert again["rows"] == [row for row in report["rows"] if row["surface"] == "S01"]
        asked = place.tell("policy", "check", url, "--as", "CCBot", "--surface", "gate").stdout
        assert "gate CCBot" in asked
        assert "GPTBot" not in asked
        wish = tmp_path / "policy.json"
        for text, code in (('{"search": "deny"}', 1), ('{"search": "perhaps"}', 2), ("[]", 2), ("{", 2)):
            wish.write_text(text)
            assert place.tell("policy", "check", url, "--expect", wish).returncode == code
        assert place.tell("policy", "check", url, "--expect", "default").returncode in (0, 1)
        assert place.tell("policy", "check", url, "--expect", tmp_path / "nothing").returncode == 2
        assert place.tell("policy", "check", "art").returncode == 2
        assert place.tell("policy", "check", url, "--as", "Nobody").returncode == 2
    finally:
        running.stop()
    ended = place.tell("policy", "check", f"{place.base_url}/")
    assert ended.returncode == 3
    assert "cannot be read" in ended.stderr
