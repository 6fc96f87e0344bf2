"""The journey with a peer that no one here wrote: a server on Fedify, over TCP and TLS."""

from typing import Any

import pytest

from fedicara.actions import moving
from fedicara.models import Report
from fedicara.server import Server
from tests.fediverse import drawing
from tests.interop.meeting import (
    Meeting,
    counts,
    eventually,
    followers,
    following,
    good,
    home_timeline,
    lock,
    published,
    react_to,
    viewer_of,
)


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
    assert attachment["name"] == "A grey slope, 1"
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


def test_a_locked_artist_lets_the_fedify_actor_in_and_it_leaves_again(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    home.running.artist("linus")
    token = home.running.call(lambda server: lock(server, "linus"))
    linus = {"Authorization": f"Bearer {token}"}
    order = peer.order("follow", actor=f"@linus@{home.settings.domain}")
    (asking,) = eventually(lambda: good(home.api.get("/api/v1/follow_requests", headers=linus)))
    assert asking["acct"] == peer.handle.removeprefix("@")
    good(home.api.post(f"/api/v1/follow_requests/{asking['id']}/authorize", headers=linus))
    eventually(lambda: order["id"] in str(peer.heard("Accept")["object"]))
    assert followers(home, order["target"]) == 1

    peer.order("undo", id=order["id"], type="Follow", object=order["target"], author=order["target"])
    eventually(lambda: followers(home, order["target"]) == 0)


def test_an_unsigned_stranger_gets_no_post_while_the_signed_peer_does(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    status = published(home, "Signed readers only")
    answer = peer.order("download", url=status["uri"])
    assert answer["status"] in (302, 401, 406) or "json" not in answer["headers"]["content-type"]
    assert peer.order("read", url=status["uri"])["type"] == "Note"


@pytest.mark.rule("F-052", "F-053")
def test_a_work_of_five_pictures_arrives_whole_and_in_order(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    peer.order("follow", actor=f"@ada@{home.settings.domain}")
    status = published(home, "The river week", pictures=5)
    note = eventually(lambda: heard_of(peer, "Create", status["uri"]))["object"]
    names = [each["name"] for each in note["attachment"]]
    assert names == [f"A grey slope, {number}" for number in range(1, 6)]
    assert "All 5 pictures" in note["content"]


def heard_of(peer: Any, kind: str, uri: str) -> Any:
    """The newest activity of a type about an object, if it came."""
    return next(
        (each for each in reversed(peer.order("heard")) if each["type"] == kind and uri in str(each)), None
    )


@pytest.mark.rule("F-204", "F-205", "F-207")
def test_a_reply_from_the_peer_stands_below_the_work_changes_and_goes(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    status = published(home, "Any questions?")
    author = status["account"]["uri"]
    reply = peer.order("post", content="<p>Which paper?</p>", inReplyTo=status["uri"], mentioned=author)

    def below() -> list[Any]:
        return list(good(home.api.get(f"/api/v1/statuses/{status['id']}/context"))["descendants"])

    (seen,) = eventually(below)
    assert seen["uri"] == reply["id"]
    peer.order("edit", id=reply["id"], content="<p>Which paper, and which ink?</p>")
    assert eventually(lambda: "which ink" in below()[0]["content"])
    peer.order("remove", id=reply["id"], mentioned=author)
    assert eventually(lambda: not below())


@pytest.mark.rule("F-231", "F-202")
def test_a_locked_artist_turns_the_fedify_actor_away(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    home.running.artist("lena")
    lena = {"Authorization": f"Bearer {home.running.call(lambda server: lock(server, 'lena'))}"}
    order = peer.order("follow", actor=f"@lena@{home.settings.domain}")
    (asking,) = eventually(lambda: good(home.api.get("/api/v1/follow_requests", headers=lena)))
    good(home.api.post(f"/api/v1/follow_requests/{asking['id']}/reject", headers=lena))
    assert eventually(lambda: heard_of(peer, "Reject", order["id"]))
    assert followers(home, order["target"]) == 0


@pytest.mark.rule("F-324", "F-331", "F-332", "F-400")
def test_each_side_is_spoken_to_in_the_signature_it_takes(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    peer.order("follow", actor=f"@ada@{home.settings.domain}")
    assert eventually(lambda: peer.order("signatures")) == [peer.knock]


@pytest.mark.rule("F-213", "F-242")
def test_a_block_ends_what_was_between_both_sides(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    order = peer.order("follow", actor=f"@ada@{home.settings.domain}")
    eventually(lambda: followers(home, order["target"]) == 1)
    pia = good(home.api.get("/api/v2/search", params={"q": peer.handle, "resolve": "true"}))["accounts"][0]
    good(home.api.post(f"/api/v1/accounts/{pia['id']}/follow"))
    eventually(lambda: following(home, pia["id"]))

    told = peer.order("block", actor=order["target"])
    assert eventually(lambda: not following(home, pia["id"]))
    assert eventually(lambda: followers(home, order["target"]) == 0)
    peer.order("undo", id=told["id"], type="Block", object=order["target"], author=order["target"])

    again = eventually(lambda: follow_again(meeting))
    status = published(home, "Not for everybody")
    good(home.api.post(f"/api/v1/accounts/{pia['id']}/block"))
    assert eventually(lambda: heard_of(peer, "Reject", again["id"]))
    assert followers(home, order["target"]) == 0
    with pytest.raises(RuntimeError, match="404"):
        peer.order("read", url=status["uri"])
    good(home.api.post(f"/api/v1/accounts/{pia['id']}/unblock"))
    assert peer.order("read", url=status["uri"])["id"] == status["uri"]


def follow_again(meeting: Meeting) -> Any:
    """The peer's Follow, if ada accepted it."""
    order = meeting.peer.order("follow", actor=f"@ada@{meeting.home.settings.domain}")
    return eventually(lambda: followers(meeting.home, order["target"])) and order


@pytest.mark.rule("F-217", "F-243", "F-247")
def test_reports_cross_in_both_directions(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    status = published(home, "Traced, somebody thinks")
    author = status["account"]["uri"]
    flag = peer.order("flag", actor=author, objects=[status["uri"]], content="This is a tracing.")
    assert (
        eventually(lambda: home.running.call(lambda server: report_of(server, flag["id"])))
        == "This is a tracing."
    )

    pia = good(home.api.get("/api/v2/search", params={"q": peer.handle, "resolve": "true"}))["accounts"][0]
    wish = {"account_id": pia["id"], "category": "spam", "comment": "Nothing but links", "forward": True}
    good(home.api.post("/api/v1/reports", json=wish))
    heard = peer.heard("Flag")
    assert heard["actor"] == f"{home.settings.base_url}/actor"
    assert (heard["object"], heard["content"]) == ([peer.actor], "Nothing but links")


async def report_of(server: Server, uri: str) -> str:
    kept = await Report.get_or_none(uri=uri)
    return kept.words if kept is not None else ""


@pytest.mark.rule("F-241", "F-384")
def test_the_fedify_actor_hears_where_an_artist_moved(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    home.running.artist("mona")
    order = peer.order("follow", actor=f"@mona@{home.settings.domain}")
    eventually(lambda: followers(home, order["target"]) == 1)
    target = peer.order("alias", actor=order["target"])["target"]
    home.running.call(lambda server: depart(server, "mona", target))
    assert (heard := peer.heard("Move"))["object"] == order["target"]
    assert heard["target"] == target
    assert peer.order("read", url=order["target"])["movedTo"] == target


async def depart(server: Server, username: str, target: str) -> None:
    await moving.move(server, await viewer_of(server, username), target, by=username)


@pytest.mark.rule("F-216", "F-380", "F-381")
def test_followers_here_go_along_when_the_fedify_actor_moves(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    pia = good(home.api.get("/api/v2/search", params={"q": peer.handle, "resolve": "true"}))["accounts"][0]
    good(home.api.post(f"/api/v1/accounts/{pia['id']}/follow"))
    eventually(lambda: following(home, pia["id"]))
    target = peer.order("move")["target"]
    assert eventually(lambda: heard_of(peer, "Follow", target))
    assert eventually(lambda: not following(home, pia["id"]))
