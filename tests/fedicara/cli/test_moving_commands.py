"""Moving an account from the command line."""

import asyncio
import json
from pathlib import Path

import pytest

from fedicara.actions import moving
from fedicara.cli.accounts import viewer_named
from fedicara.cli.configuration import load, opened
from tests.fedicara.cli.command import Place


async def name_alias(data: Path, name: str, old: str) -> None:
    """What the owner does in the settings, with their password."""
    async with opened(load(data)) as server:
        await moving.add_alias(server, await viewer_named(server, name), old)


@pytest.mark.rule("F-384")
@pytest.mark.threat("MOD-09")
def test_an_account_is_moved_and_moved_back_and_the_log_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    for name in ("ada", "ada2"):
        assert place.tell("accounts", "create", name).returncode == 0
    refused = place.tell("accounts", "move", "ada", "@ada2")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "does not name" in refused.stderr
    assert "did not move" in place.tell("accounts", "unmove", "ada").stderr
    asyncio.run(name_alias(place.data, "ada2", "@ada"))
    moved = place.tell("accounts", "move", "ada", "@ada2")
    assert (moved.returncode, "/actors/" in moved.stdout) == (0, True)
    assert place.tell("accounts", "unmove", "ada").returncode == 0
    assert place.tell("accounts", "move", "ada", "@ada2").returncode == 1
    log = [json.loads(entry)["action"] for entry in place.tell("audit").stdout.splitlines()]
    assert log[:2] == ["accounts unmove", "accounts move"] or log[-2:] == [
        "accounts move",
        "accounts unmove",
    ]
