"""A real server killed while pictures come in: what is shown is whole, and what is left over is gone after the start."""

import hashlib
import random
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.forks import integrity
from tests.fedicara.cli.command import Place
from tests.fediverse import drawing

KILLS, UPLOADS = 6, 30


class Painter(threading.Thread):
    """Somebody who uploads one picture after the other, whatever happens to the server."""

    def __init__(self, place: Place, token: str, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.place = place
        self.token = token
        self.pictures = [
            drawing(chance.randrange(300, 900), chance.randrange(300, 900)) for _ in range(UPLOADS)
        ]
        self.acknowledged: dict[str, bytes] = {}
        self.tries = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.place.base_url, headers=headers, timeout=60, trust_env=False) as app:
            while not self.stopping.is_set():
                picture = self.pictures[self.tries % len(self.pictures)]
                self.tries += 1
                try:
                    answer = app.post("/api/v2/media", files={"file": ("a.png", picture, "image/png")})
                except httpx.TransportError:
                    time.sleep(0.1)
                    continue
                assert answer.status_code in (200, 202), answer.text
                self.acknowledged[answer.json()["id"]] = picture


@pytest.mark.slow
@pytest.mark.threat("MED-11")
def test_a_server_killed_during_uploads_shows_no_half_file_and_leaves_none(tmp_path: Path) -> None:
    chance = random.Random(11)
    place = Place(tmp_path / "data").settled()
    made = place.run("accounts", "create", "ada", "--password-stdin", stdin="correct horse battery\n")
    assert made.returncode == 0, made.stderr
    token = place.run("tokens", "create", "ada", "--scope", "read write").stdout.strip()
    painter = Painter(place, token, chance)
    painter.start()
    for _ in range(KILLS):
        with place.serving() as process:
            time.sleep(chance.uniform(0.2, 3.0))
            process.kill()
            process.wait(60)
    painter.stopping.set()
    painter.join(120)
    with place.serving():
        _settled(place)
        shown = _shown(place, token, painter)
    assert shown
    assert integrity(tmp_path / "data" / "fedicara.db") == "ok"
    assert list((place.data / "incoming").iterdir()) == []
    checked = place.run("media", "check")
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout + checked.stderr
    lying = {path.name for path in (place.data / "media").rglob("*") if path.is_file()}
    assert lying == _named(place)


def _rows(place: Place, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(place.data / "fedicara.db") as database:
        return database.execute(query).fetchall()


def _settled(place: Place) -> None:
    """Wait until every picture is ready, which what crashed workers had in hand is when their lease is over."""
    for _ in range(1200):
        waiting = _rows(place, "SELECT count(*) FROM pictures WHERE state = 'processing'")[0][0]
        forgetting = _rows(place, "SELECT count(*) FROM jobs WHERE kind = 'forget'")[0][0]
        if not waiting and not forgetting and not list((place.data / "incoming").iterdir()):
            return
        time.sleep(0.25)
    raise AssertionError(_rows(place, "SELECT kind, attempts, error FROM jobs"))


def _shown(place: Place, token: str, painter: Painter) -> int:
    """What was acknowledged is there, as it was sent; every size is what its row says, to the last byte."""
    shown = 0
    with httpx.Client(
        base_url=place.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
    ) as app:
        for identifier, picture in painter.acknowledged.items():
            assert app.get(f"/api/fedicara/v1/media/{identifier}/original").content == picture
            attachment = app.get(f"/api/v1/media/{identifier}")
            assert attachment.status_code == 200, attachment.text
            seen = app.get(attachment.json()["url"])
            assert seen.status_code == 200
            assert int(seen.headers["content-length"]) == len(seen.content)
            key = str(seen.url.path).rpartition("/")[2]
            assert _rows(place, f"SELECT sha256 FROM renditions WHERE key = '{key}'") == [
                (hashlib.sha256(seen.content).hexdigest(),)
            ]
            shown += 1
    return shown


def _named(place: Place) -> set[object]:
    rows = _rows(place, "SELECT key FROM renditions UNION SELECT original FROM pictures WHERE original <> ''")
    return {key for (key,) in rows}
