"""Servers elsewhere quote a work without having asked: its artist sees how often, and nobody else."""

import pytest

from tests.fediverse import Fediverse, drawing
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


@pytest.mark.rule("F-254")
async def test_a_quote_that_nobody_asked_about_is_counted_for_the_author_and_not_answered(
    fediverse: Fediverse,
) -> None:
    island = await fediverse.island("art")
    ada, eve, stranger = await island.artist("ada"), await island.artist("eve"), Stranger(fediverse)
    work, private = await ada.post(drawing()), await ada.post(drawing(), visibility="private")
    first = stranger.note(1, quoteUrl=work["uri"])
    for note in (
        first,
        stranger.note(2, _misskey_quote=work["uri"]),
        stranger.note(3, quoteUrl=private["uri"]),
        stranger.note(4, quoteUrl=f"{stranger.origin}/notes/1"),
        stranger.note(5, quoteUrl=island.server.url("/objects/1")),
        first,
    ):
        assert (await stranger.send(island, stranger.activity("Create", note))).status_code == 202
    await fediverse.settle()
    assert (await island.count("quotes"), await island.count("works"), stranger.heard) == (2, 2, [])
    for person in (ada, eve):
        await person.sign_in()
    page = f"/@ada/{work['id']}"
    assert "2 quotes on other servers" in (await ada.browser.get(page)).text
    assert "quotes" not in (await eve.browser.get(page)).text
    await stranger.send(island, stranger.activity("Delete", first["id"]))
    await fediverse.settle()
    assert "1 quote on other servers" in (await ada.browser.get(page)).text
