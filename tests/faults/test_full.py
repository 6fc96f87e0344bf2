"""A disk that is really full, and quotas that are used up: 507 and why, no half of anything, reading goes on."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.conftest import missing
from tests.fedicara.actions.darkroom import MEADOW
from tests.fedicara.cli.command import Place
from tests.fediverse import Fediverse, drawing, good, open_fediverse

MIB = 1 << 20
DISK = 48 * MIB
UNSHARED = ("unshare", "--user", "--map-root-user", "--mount")


def noise(side: int) -> bytes:
    """A picture that no encoder makes smaller: three bytes for each pixel."""
    out = BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(out, "PNG")
    return out.getvalue()


class SmallDisk(Place):
    """A place whose data folder is a file system of its own, with a fixed size."""

    inside: Path

    def start(self, *words: str) -> subprocess.Popen[str]:
        mount = f'mount -t tmpfs -o size={DISK} tmpfs "$0" && cp -a "$1"/. "$0" && shift && exec "$@"'
        self.kept = self.data.with_name("kept")
        command = [*UNSHARED, "sh", "-c", mount, str(self.data), str(self.kept), *self.command(*words)]
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.inside = Path(f"/proc/{process.pid}/root{self.data}")
        return process

    def free(self, much: int) -> None:
        """Leave so many bytes free."""
        ballast = self.inside / "ballast"
        ballast.unlink(missing_ok=True)
        os.sync()
        left = shutil.disk_usage(self.inside).free
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, left - much))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Asked inside: from outside SQLite would follow the way to another file of that name."""
        asked = "import json, sqlite3, sys; print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))"
        inside = ["nsenter", "--user", "--mount", "--preserve-credentials", "--target", self.inside.parts[2]]
        answer = subprocess.run(
            [*inside, sys.executable, "-c", asked, self.data / "fedicara.db", query],
            check=True,
            capture_output=True,
        )
        return [tuple(row) for row in json.loads(answer.stdout)]


@contextmanager
def on_a_small_disk(tmp_path: Path) -> Iterator[tuple[SmallDisk, httpx.Client]]:
    if subprocess.run([*UNSHARED, "true"], check=False, capture_output=True).returncode:
        missing("no file system of a fixed size can be mounted here: unshare is refused")
    place = SmallDisk(tmp_path / "data").settled()
    assert isinstance(place, SmallDisk)
    place.run("accounts", "create", "ada", "--password-stdin", stdin="correct horse battery\n")
    token = place.run("tokens", "create", "ada", "--scope", "read write").stdout.strip()
    shutil.copytree(place.data, tmp_path / "kept")
    headers = {"Authorization": f"Bearer {token}"}
    with (
        place.serving(),
        httpx.Client(base_url=place.base_url, headers=headers, timeout=60, trust_env=False) as app,
    ):
        yield place, app


def sent(app: httpx.Client, picture: bytes) -> httpx.Response:
    return app.post("/api/v2/media", files={"file": ("a.png", picture, "image/png")})


def until(true: object, *, within: float = 120) -> None:
    for _ in range(int(within * 5)):
        if true():  # type: ignore[operator]
            return
        time.sleep(0.2)
    raise AssertionError("it never came")


@pytest.mark.slow
@pytest.mark.threat("MED-12", "REL-15")
def test_on_a_disk_without_room_nothing_is_half_kept_and_reading_goes_on(tmp_path: Path) -> None:
    with on_a_small_disk(tmp_path) as (place, app):
        first = sent(app, drawing(600, 400)).json()["id"]
        until(lambda: app.get(f"/api/v1/media/{first}").status_code == 200)
        shown = app.get(f"/api/v1/media/{first}").json()["url"]
        picture = noise(1000)

        # No room for the bytes.
        place.free(2 * MIB)
        refused = sent(app, picture)
        assert (refused.status_code, refused.headers["retry-after"]) == (507, "30")
        assert "disk" in refused.json()["error"]
        assert place.rows("SELECT count(*) FROM pictures") == [(1,)]
        assert app.get(shown).status_code == 200
        assert app.get("/@ada").status_code == 200
        assert app.get("/health").status_code == 503
        metrics = app.get("/metrics").text
        assert 'fedicara_troubles_total{trouble="full"} 1.0' in metrics
        free = next(
            line for line in metrics.splitlines() if line.startswith('fedicara_disk_free_bytes{folder="data"')
        )
        assert float(free.split()[1]) < 3 * MIB

        # Room for the bytes, none for the sizes that are made of them: it waits, and is prepared later.
        place.free(2 * len(picture) + MIB)
        taken = sent(app, picture)
        assert taken.status_code in (200, 202), taken.text
        number = taken.json()["id"]
        until(
            lambda: place.rows("SELECT count(*) FROM jobs WHERE kind = 'picture' AND error <> ''") == [(1,)]
        )
        assert app.get(f"/api/v1/media/{number}").status_code == 206
        assert place.rows(
            "SELECT count(*) FROM renditions r JOIN pictures p ON p.id = r.picture_id WHERE p.width > 900"
        ) == [(0,)]
        place.free(30 * MIB)
        until(lambda: app.get(f"/api/v1/media/{number}").status_code == 200)
        assert app.get(f"/api/fedicara/v1/media/{number}/original").content == picture

        # No room for the database.
        place.free(0)
        until(
            lambda: app.post("/api/v1/statuses", json={"status": "Ink. " * 900}).status_code == 507, within=60
        )
        works = place.rows("SELECT count(*) FROM works")
        assert app.get(shown).status_code == 200
        assert app.get("/api/v1/timelines/public").status_code == 200
        place.free(30 * MIB)
        assert app.post("/api/v1/statuses", json={"status": "Ink again"}).status_code == 200
        assert place.rows("SELECT count(*) FROM works") == [(int(str(works[0][0])) + 1,)]
        assert place.rows("PRAGMA integrity_check") == [("ok",)]
        lying = {path.name for path in (place.inside / "media").rglob("*") if path.is_file()}
        named = place.rows(
            "SELECT key FROM renditions UNION SELECT original FROM pictures WHERE original <> ''"
        )
        assert lying == {key for (key,) in named}


@pytest.mark.anyio
@pytest.mark.threat("MED-12")
@pytest.mark.rule("A-104")
@pytest.mark.parametrize(
    ("quota", "said"), [("account_quota", "Your pictures take"), ("place_quota", "This place has no room")]
)
async def test_over_a_quota_an_upload_is_refused_with_the_reason_until_there_is_room(
    tmp_path: Path, quota: str, said: str
) -> None:
    async with open_fediverse(tmp_path) as world:
        await _over(world, quota, said)
        world.router.exchanges.clear()


async def _over(world: Fediverse, quota: str, said: str) -> None:
    room = 3 * len(MEADOW) + 40_000
    art = await world.island("art", cloak="none", alt_text_required=False, **{quota: room})
    ada, bob = await art.artist("ada"), await art.artist("bob")
    works = [await ada.post(MEADOW, status="One")]
    while (
        answer := await ada.api.post("/api/v2/media", files={"file": drawing(300 + len(works), 200)})
    ).is_success:
        async with art.working():
            fields = {"media_ids[]": answer.json()["id"], "status": "More"}
            works.append(good(await ada.api.post("/api/v1/statuses", data=fields)))
        await art.work_off()
        assert len(works) < 50
    assert answer.status_code == 507
    assert answer.json()["error"].startswith(said)
    assert await art.count("pictures") == len(works)
    assert (await ada.api.get(works[0]["media_attachments"][0]["url"])).status_code == 200
    other = await bob.api.post("/api/v2/media", files={"file": MEADOW})
    assert other.is_success == (quota == "account_quota")
    await art.work_off()
    for work in works[1:]:
        good(await ada.api.delete(f"/api/v1/statuses/{work['id']}"))
    await art.work_off()
    again = await ada.api.post("/api/v2/media", files={"file": drawing(300, 200)})
    assert again.is_success, again.text
