"""A picture whose every try took its process along: nobody waits for it for ever."""

import pytest

from fedicara.jobs.queue import ITS_OWN
from tests.fedicara.web.forms import post
from tests.fediverse import Fediverse
from tests.media.pictures import encoded, meadow

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


@pytest.mark.rule("C-006", "C-009")
@pytest.mark.threat("MED-16")
async def test_its_work_fails_and_its_artist_reads_why(fediverse: Fediverse) -> None:
    art = await fediverse.island("art")
    ada = await art.artist("ada")
    await ada.sign_in()
    picture = ("picture", encoded(meadow(240, 160)))
    answer = await post(ada.browser, picture, ("alt", "Grass"), ("ai", "none"))
    path = answer.headers["location"]
    asked = f"/works/{path.rpartition('/')[2]}/progress.json"
    assert (await ada.browser.get(asked)).json()["state"] == "processing"
    await art.server.database.execute("UPDATE jobs SET crashes = $1 WHERE kind = 'picture'", 9 * ITS_OWN)
    await fediverse.settle()
    assert (await ada.browser.get(asked)).json()["state"] == "failed"
    assert "could not be prepared on this server" in (await ada.browser.get(path)).text
    async with art.client() as visitor:
        assert (await visitor.get(path)).status_code == 404
    # Every other story holds that no job is given up.
    await art.server.database.execute("DELETE FROM jobs WHERE buried = TRUE")
