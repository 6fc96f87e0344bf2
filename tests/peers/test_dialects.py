"""What eleven other servers send is understood, each in its own way of saying it."""

import pytest

from tests.fediverse import Fediverse, Json, Person, drawing
from tests.peers.dialects.akkoma import Akkoma
from tests.peers.dialects.dialect import Dialect, Shown
from tests.peers.dialects.gotosocial import GoToSocial
from tests.peers.dialects.lemmy import Lemmy
from tests.peers.dialects.mastodon import Mastodon
from tests.peers.dialects.misskey import Misskey
from tests.peers.dialects.peertube import PeerTube
from tests.peers.dialects.pixelfed import Pixelfed
from tests.peers.dialects.snac import Snac
from tests.peers.dialects.takahe import Takahe
from tests.peers.dialects.vernissage import Vernissage
from tests.peers.dialects.wordpress import WordPress

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]

DIALECTS = [
    *(Mastodon, Pixelfed, GoToSocial, Misskey, Akkoma, Lemmy),
    *(PeerTube, WordPress, Snac, Takahe, Vernissage),
]


@pytest.mark.rule(
    "F-400", "F-401", "F-402", "F-403", "F-404", "F-405", "F-406", "F-407", "F-408", "F-409", "F-410"
)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_a_peer_says_from_follow_to_delete_is_understood(
    fediverse: Fediverse, dialect: type[Dialect]
) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    posted = await ada.post(drawing(), status="Still here")
    peer = dialect(fediverse)
    await follow_each_other(fediverse, ada, peer)
    post = peer.post()
    await tell(fediverse, ada, peer, peer.create(post))
    check(await only(ada, posted), peer.SHOWN)
    await tell(fediverse, ada, peer, peer.edit(post))
    assert "The tide is back" in (await only(ada, posted))["content"]
    await react(fediverse, ada, peer, posted)
    before = await ada.island.counts()
    for odd in peer.odd(posted["uri"]):
        await tell(fediverse, ada, peer, odd)
    after = await ada.island.counts()
    assert {**after, "inbound": 0} == {**before, "inbound": 0}
    await tell(fediverse, ada, peer, peer.remove(post))
    assert [each["id"] for each in await ada.home()] == [posted["id"]]


async def follow_each_other(fediverse: Fediverse, ada: Person, peer: Dialect) -> None:
    await ada.follow(peer.handle)
    await fediverse.settle()
    asked = next(each for each in peer.heard if each["type"] == "Follow")
    await tell(fediverse, ada, peer, peer.accept(asked))
    assert (await ada.relationship(peer.handle))["following"]
    follow = peer.follow(ada.actor.uri)
    await tell(fediverse, ada, peer, follow)
    accepted = [each for each in (*peer.heard, *peer.author.heard) if each["type"] == "Accept"]
    assert [each["object"]["id"] for each in accepted[:1]] == [follow["id"]]


async def react(fediverse: Fediverse, ada: Person, peer: Dialect, posted: Json) -> None:
    like, boost = peer.like(posted["uri"]), peer.boost(posted["uri"])
    await tell(fediverse, ada, peer, like)
    await tell(fediverse, ada, peer, boost)
    seen = await ada.status(posted["id"])
    assert (seen["favourites_count"], seen["reblogs_count"]) == (1, 1)
    await tell(fediverse, ada, peer, peer.undo(like))
    await tell(fediverse, ada, peer, peer.undo(boost))
    seen = await ada.status(posted["id"])
    assert (seen["favourites_count"], seen["reblogs_count"]) == (0, 0)


async def tell(fediverse: Fediverse, ada: Person, peer: Dialect, activity: Json) -> None:
    answer = await peer.tell(ada.island, activity)
    assert answer.status_code == 202, answer.text
    await fediverse.settle()


async def only(ada: Person, posted: Json) -> Json:
    """The one post of the peer in the home timeline, out of the frame of a boost."""
    (found,) = [each["reblog"] or each for each in await ada.home() if each["id"] != posted["id"]]
    return found


def check(seen: Json, shown: Shown) -> None:
    alts = tuple(each["description"] or "" for each in seen["media_attachments"])
    assert (
        Shown(
            text=shown.text if shown.text in seen["content"] else seen["content"],
            alts=alts,
            warning=seen["spoiler_text"],
            sensitive=seen["sensitive"],
            visibility=seen["visibility"],
            language=seen["language"],
            tags=tuple(tag["name"] for tag in seen["tags"]),
        )
        == shown
    )
