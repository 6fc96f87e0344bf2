"""Aliases and moves without a network: what is refused, and until when a move can be taken back."""

import pytest

from fedicara.actions import audit, moving
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import Forbidden, Invalid, NotFound
from fedicara.models import Actor, Move
from fedicara.server import Server
from tests.fedicara.rooms import PASSWORD, clock, person

pytestmark = pytest.mark.anyio


async def again(viewer: Viewer) -> Viewer:
    """The viewer as the next request sees them."""
    return Viewer(viewer.account, await Actor.get(id=viewer.actor.id), viewer.scopes)


@pytest.mark.rule("F-383")
async def test_only_real_accounts_and_addresses_become_aliases_and_ten_at_most(server: Server) -> None:
    ada = await person(server, "ada")
    await moving.check_own(ada, PASSWORD)
    for odd in ("", "nobody here", "javascript:x", "@ada", ada.actor.uri):
        with pytest.raises(Invalid, match="alias"):
            await moving.add_alias(server, ada, odd)
    for number in (*range(10), 3):
        await moving.add_alias(server, ada, f"https://gone.example/u/{number}")
    with pytest.raises(Invalid, match="At most 10"):
        await moving.add_alias(server, ada, "https://gone.example/u/11")
    await moving.remove_alias(server, ada, "https://gone.example/u/0")
    await moving.remove_alias(server, ada, "https://gone.example/u/0")
    assert len((await again(ada)).actor.also_known_as) == 9


@pytest.mark.rule("F-384")
async def test_a_move_needs_the_others_consent_is_logged_and_can_be_taken_back_for_seven_days(
    server: Server,
) -> None:
    ada, new = await person(server, "ada"), await person(server, "ada2")
    for target, reason in (("@ada2", "does not name"), ("https://gone.example/u/1", "cannot be read")):
        with pytest.raises(Invalid, match=reason):
            await moving.move(server, ada, target, by="ada")
    with pytest.raises(NotFound):
        await moving.come_back(server, ada, by="ada")
    await moving.add_alias(server, new, "@ada")
    await moving.move(server, ada, "@ada2", by="ada")
    ada = await again(ada)
    with pytest.raises(Forbidden, match="already"):
        await moving.move(server, ada, "@ada2", by="ada")
    clock(server).forward(days=6, hours=23)
    await moving.come_back(server, ada, by="ada")
    assert (await again(ada)).actor.moved_to == ""
    assert [entry.action for entry in await audit.entries()] == ["accounts unmove", "accounts move"]

    clock(server).forward(days=24)
    await moving.move(server, await again(ada), "@ada2", by="ada")
    clock(server).forward(days=7, minutes=1)
    with pytest.raises(Forbidden, match="over"):
        await moving.come_back(server, await again(ada), by="ada")
    assert await Move.all().count() == 2
