"""The journey with a peer that no one here wrote: a server on Fedify, over TCP and TLS."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from fedicara.actions import accounts, authentication
from fedicara.models import Account, Follow
from fedicara.server import Server
from tests.fediverse import drawing
from tests.interop.authority import Authority
from tests.interop.home import Home
from tests.interop.peer import MissingError, Peer, install, place


@dataclass(frozen=True, slots=True)
class Meeting:
    """Both sides, running."""

    home: Home
    peer: Peer


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    """One server of each kind; they know each other by name."""
    try:
        install()
    except MissingError as reason:
        if os.environ.get("FEDICARA_REQUIRE") == "1":
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))
    folder = tmp_path_factory.mktemp("interop")
    authority = Authority(folder)
    ours, theirs = place("home.example", "127.0.0.2"), place("peer.example", "127.0.0.3")
    hosts = {each.host: each.address for each in (ours, theirs)}
    home, peer = Home(ours, hosts, authority, folder / "data"), Peer("pia", theirs, hosts, authority)
    home.start()
    try:
        peer.start()
        yield Meeting(home, peer)
    finally:
        peer.stop()
        home.stop()


def good(answer: httpx.Response) -> Any:
    assert answer.status_code in (200, 202), f"{answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()


def eventually(question: Callable[[], Any], seconds: float = 15.0) -> Any:
    """The first answer that is not empty."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise AssertionError("nothing came")


def published(home: Home, text: str) -> Any:
    media = good(
        home.api.post(
            "/api/v2/media",
            files={"file": ("fog.png", drawing(300, 200), "image/png")},
            data={"description": "A grey slope"},
        )
    )
    status = good(home.api.post("/api/v1/statuses", json={"media_ids": [media["id"]], "status": text}))
    return eventually(lambda: ready(home, status["id"]))


def ready(home: Home, identifier: str) -> Any:
    """The status, once its pictures are prepared."""
    status = good(home.api.get(f"/api/v1/statuses/{identifier}"))
    attachments = status["media_attachments"]
    return status if attachments and all(each["url"] for each in attachments) else None


@pytest.mark.rule("F-209", "F-211", "F-323")
def test_a_fedify_server_follows_an_artist_sees_the_work_likes_it_and_boosts_it(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    followed = peer.order("follow", actor=f"@ada@{home.settings.domain}")
    assert followed["name"] == "ada"
    assert peer.heard("Accept")["actor"]

    status = published(home, "Fog in the morning")
    create = peer.heard("Create", 20)
    note = create["object"]
    assert note["id"] == status["uri"]
    attachment = note["attachment"][0] if isinstance(note["attachment"], list) else note["attachment"]
    assert attachment["name"] == "A grey slope"
    picture = peer.order("download", url=attachment["url"])
    assert picture["status"] == 200
    assert picture["size"] > 100
    assert "noai" in picture["headers"]["x-robots-tag"]
    assert peer.order("read", url=status["uri"])["id"] == status["uri"]

    like = peer.order("like", object=status["uri"], author=followed["target"])
    boost = peer.order("announce", object=status["uri"], author=followed["target"])
    assert eventually(lambda: counts(home, status["id"]) == (1, 1))

    for kind, order in (("Like", like), ("Announce", boost)):
        peer.order("undo", id=order["id"], type=kind, object=status["uri"], author=followed["target"])
    assert eventually(lambda: counts(home, status["id"]) == (0, 0))

    good(home.api.put(f"/api/v1/statuses/{status['id']}", json={"status": "Fog at noon"}))
    assert "Fog at noon" in peer.heard("Update")["object"]["content"]
    good(home.api.delete(f"/api/v1/statuses/{status['id']}"))
    assert peer.heard("Delete")


def counts(home: Home, identifier: str) -> tuple[int, int]:
    status = good(home.api.get(f"/api/v1/statuses/{identifier}"))
    return status["favourites_count"], status["reblogs_count"]


def test_we_follow_a_fedify_actor_and_show_its_post_in_the_home_timeline(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    found = good(home.api.get("/api/v2/search", params={"q": peer.handle, "resolve": "true"}))
    account = found["accounts"][0]
    good(home.api.post(f"/api/v1/accounts/{account['id']}/follow"))
    eventually(lambda: peer.order("followers"))
    eventually(lambda: following(home, account["id"]))

    post = peer.order(
        "post", title="Dunes", content="<p>Wind and sand</p>", picture=peer.picture, alt="Dunes"
    )
    seen = eventually(lambda: [each for each in home_timeline(home) if each["uri"] == post["id"]])
    assert "Wind and sand" in seen[0]["content"]
    assert seen[0]["account"]["acct"] == peer.handle.removeprefix("@")
    (attachment,) = seen[0]["media_attachments"]
    assert attachment["description"] == "Dunes"
    assert attachment["url"].startswith(home.settings.base_url)
    shown = home.api.get(attachment["url"])
    assert shown.status_code == 200
    assert shown.content == drawing(64, 64)

    react_to(home, peer, seen[0]["id"], post["id"])
    peer.order("remove", id=post["id"])
    assert eventually(lambda: all(each["uri"] != post["id"] for each in home_timeline(home)))
    good(home.api.post(f"/api/v1/accounts/{account['id']}/unfollow"))
    assert eventually(lambda: not peer.order("followers"))


def react_to(home: Home, peer: Peer, identifier: str, post: str) -> None:
    """Our like, boost and reply reach the peer."""
    for name, kind in (("favourite", "Like"), ("reblog", "Announce")):
        good(home.api.post(f"/api/v1/statuses/{identifier}/{name}"))
        assert peer.heard(kind)["object"] == post
    good(home.api.post("/api/v1/statuses", json={"status": "What dunes!", "in_reply_to_id": identifier}))
    assert eventually(lambda: peer.heard("Create")["object"].get("inReplyTo") == post)
    note = peer.heard("Create")["object"]
    assert "What dunes!" in note["content"]
    assert peer.actor in str(note["tag"])


def following(home: Home, identifier: str) -> bool:
    answer = home.api.get("/api/v1/accounts/relationships", params={"id[]": identifier})
    return bool(good(answer)[0]["following"])


def home_timeline(home: Home) -> list[Any]:
    return list(good(home.api.get("/api/v1/timelines/home")))


def test_a_locked_artist_lets_the_fedify_actor_in_and_it_leaves_again(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    home.running.artist("linus")
    token = home.running.call(lock_linus)
    linus = {"Authorization": f"Bearer {token}"}
    order = peer.order("follow", actor=f"@linus@{home.settings.domain}")
    (asking,) = eventually(lambda: good(home.api.get("/api/v1/follow_requests", headers=linus)))
    assert asking["acct"] == peer.handle.removeprefix("@")
    good(home.api.post(f"/api/v1/follow_requests/{asking['id']}/authorize", headers=linus))
    eventually(lambda: order["id"] in str(peer.heard("Accept")["object"]))
    assert followers(home, order["target"]) == 1

    peer.order("undo", id=order["id"], type="Follow", object=order["target"], author=order["target"])
    eventually(lambda: followers(home, order["target"]) == 0)


async def lock_linus(server: Server) -> str:
    account = await Account.get(actor__username="linus")
    token = await authentication.make_token(server, account, "read write follow")
    viewer = await authentication.viewer_of_bearer(server, token)
    assert viewer is not None
    await accounts.update_profile(server, viewer, accounts.ProfileChange(locked=True))
    return token


def followers(home: Home, actor: str) -> int:
    async def count(server: Server) -> int:
        return await Follow.filter(followed__uri=actor, accepted=True).count()

    return home.running.call(count)


def test_an_unsigned_stranger_gets_no_post_while_the_signed_peer_does(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    status = published(home, "Signed readers only")
    answer = peer.order("download", url=status["uri"])
    assert answer["status"] in (302, 401, 406) or "json" not in answer["headers"]["content-type"]
    assert peer.order("read", url=status["uri"])["type"] == "Note"
