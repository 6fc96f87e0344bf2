"""Things that contradict each other, said at once (REL-22)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from fedicara.models import Follow, Inbound, Like
from tests.fedicara.federation.stage import Home, open_home
from tests.fedicara.rooms import posted

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[Home]:
    """Our server on a new database."""
    async with open_home(database_url, tmp_path) as opened:
        yield opened


@pytest.mark.threat("REL-22")
async def test_what_is_said_and_taken_back_at_once_is_taken_back(home: Home) -> None:
    artists = [await home.artist(name) for name in ("lee", "mia")]
    works = [await posted(artists[0]) for _ in range(23)]
    peer = home.peer()
    said = [peer.says("Follow", artist.uri) for artist in artists] + [
        peer.says("Like", work.uri) for work in works
    ]
    both = [activity for each in said for activity in (peer.says("Undo", each), each)]
    Random(7).shuffle(both)
    answers = await asyncio.gather(*(home.post(peer, each) for each in both))
    assert {answer.status_code for answer in answers} == {202}
    assert [str(each.url) for each in home.elsewhere.requests].count(peer.uri) == 1, "a newcomer is read once"
    await home.work()
    assert (await Follow.all().count(), await Like.all().count()) == (0, 0)
    assert await Inbound.filter(outcome="").count() == 0


@pytest.mark.threat("REL-22")
async def test_fifty_follows_at_once_are_one_follow_of_the_last_id(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    follows = [peer.says("Follow", artist.uri) for _ in range(50)]
    await asyncio.gather(*(home.post(peer, each) for each in follows))
    await home.work()
    heard = await Inbound.all().order_by("-id").first()
    assert heard is not None
    assert [follow.uri for follow in await Follow.filter(followed_id=artist.id)] == [heard.uri]
