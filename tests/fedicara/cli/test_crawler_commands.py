"""The table of crawlers, from the command line."""

import asyncio
import json
import signal
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from fedicara.actions import crawlers
from fedicara.cli.configuration import load, opened
from tests.fedicara.cli.command import Place


@pytest.mark.rule("P-211", "P-214", "P-215", "P-222")
def test_a_list_is_looked_at_taken_over_overridden_exported_and_taken_back(tmp_path: Path) -> None:
    place, source = Place(tmp_path / "data").settled(), tmp_path / "robots.json"
    source.write_text(
        json.dumps({"Fresh Bot": {"function": "Trains models"}, "Mastodon": {}, "LCC": {}, "(.*)+": {}})
    )
    dry = place.tell("crawlers", "import", source)
    assert "+\tFresh Bot\ttraining\tnot published" in dry.stdout
    assert "?\tMastodon\tit would also name a fediverse" in dry.stdout
    assert "!\t(.*)+\t" in dry.stdout
    assert "--apply" in dry.stderr
    assert "Fresh Bot" not in place.tell("crawlers", "list").stdout
    assert place.tell("crawlers", "import", source, "--apply").returncode == 0
    listed = {
        row.split("\t")[0]: row.split("\t") for row in place.tell("crawlers", "list").stdout.splitlines()
    }
    assert listed["Fresh Bot"][1:8] == [
        "not published",
        "training",
        "by_policy",
        "by_policy",
        "none",
        "imported",
        "0",
    ]
    assert [listed[name][9] != "" for name in ("Fresh Bot", "Mastodon", "LCC")] == [False, True, True]
    assert place.tell("crawlers", "set", "LCC", "confirmed=yes").returncode == 0
    assert place.tell("crawlers", "set", "fresh bot", "deny=never", "note=ours").returncode == 0
    for wrong, code in (("deny", 2), ("deny=perhaps", 1), ("colour=red", 1)):
        assert place.tell("crawlers", "set", "GPTBot", wrong).returncode == code
    assert place.tell("crawlers", "set", "Nobody", "deny=never").returncode == 1
    nginx = place.tell("crawlers", "export", "--format", "nginx").stdout
    assert [word in nginx for word in ("GPTBot", "LCC", "Fresh Bot", "Mastodon")] == [
        True,
        True,
        False,
        False,
    ]
    assert place.tell("crawlers", "export", "--format", "apache").returncode == 2
    source.write_text(json.dumps({f"Bot {number}": {} for number in range(10_000)}))
    refused = place.tell("crawlers", "import", source, "--apply")
    assert (refused.returncode, "10,000 entries" in refused.stderr) == (3, True)
    assert place.tell("crawlers", "import", tmp_path / "none.json").returncode == 3
    source.write_text(json.dumps({"Other Bot": {}, "Fresh Bot": {"function": "Trains models"}}))
    again = place.tell("crawlers", "import", source, "--apply")
    assert "-\tLCC\t" in again.stdout
    rows = place.tell("crawlers", "list").stdout
    assert ("Other Bot" in rows, "deny, note" in rows, "Mastodon" in rows) == (True, True, False)
    assert place.tell("crawlers", "rollback").returncode == 0
    assert "Mastodon" in place.tell("crawlers", "list").stdout
    assert "this version" in place.tell("crawlers", "rollback").stderr
    assert place.tell("crawlers", "rollback").returncode == 1
    log = place.tell("audit").stdout
    assert [word in log for word in ("crawlers import", "crawlers set", "crawlers rollback")] == [True] * 3


@pytest.mark.rule("P-214")
def test_what_is_taken_over_by_itself_adds_and_never_removes(tmp_path: Path) -> None:
    place, source = Place(tmp_path / "data").settled(), tmp_path / "robots.json"
    source.write_text(json.dumps({"Old Bot": {}, "Mastodon": {}}))
    place.environment["FEDICARA_CRAWLERS_SOURCE"] = str(source)
    asyncio.run(_update(place, source))
    source.write_text(json.dumps({"New Bot": {}, "Firefox": {}}))
    asyncio.run(_update(place, source))
    rows = place.tell("crawlers", "list").stdout
    names = ("Old Bot", "New Bot", "Firefox", "Mastodon")
    assert [name in rows for name in names] == [True, True, False, False]
    assert "Old Bot" in place.tell("audit").stdout
    missing = asyncio.run(_daily(place))
    assert missing == 1, "tomorrow's look is ordered, also after one that failed"


async def _update(place: Place, source: Path) -> None:
    async with opened(load(place.data)) as server:
        await crawlers.apply_carefully(server, "daily", await crawlers.preview(server, str(source)))


async def _daily(place: Place) -> int:
    settings = load(place.data, crawlers_source=str(place.data / "none.json"))
    async with opened(settings) as server:
        await crawlers.run_daily(server, None)  # type: ignore[arg-type]
        rows = await server.database.rows("SELECT count(*) AS n FROM jobs WHERE kind = 'crawlers'")
        return int(rows[0]["n"])


@pytest.mark.rule("P-226")
def test_what_a_server_refused_is_written_down_when_it_is_stopped(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    with place.serving() as process:
        for path in ("/", "/", "/media/none"):
            with pytest.raises(HTTPError, match="403"):
                urlopen(Request(place.base_url + path, headers={"User-Agent": "GPTBot/1.2"}))
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in complaints) == (0, False)
    assert asyncio.run(_refused(place)) == [("GPTBot", "html", 2), ("GPTBot", "media", 1)]


async def _refused(place: Place) -> list[tuple[str, str, int]]:
    async with opened(load(place.data)) as server:
        rows = await server.database.rows("SELECT token, surface, count FROM refusals ORDER BY surface")
        return [(row["token"], row["surface"], row["count"]) for row in rows]
