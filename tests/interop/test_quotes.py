"""Quotes with consent (FEP-044f) between a fedicara and a Fedify server, each pair of things that both sides do."""

import re
from typing import Any

import pytest

from fedicara.actions import quotes
from fedicara.server import Server
from tests.interop.meeting import Meeting, eventually, good, viewer_of


def posted(meeting: Meeting, policy: str) -> Any:
    """A post of ada's that these people may quote."""
    wish = {"status": f"Who quotes this: {policy}", "quote_approval_policy": policy}
    return eventually(lambda: good(meeting.home.api.post("/api/v1/statuses", json=wish)))


def answered(meeting: Meeting, request: str) -> Any:
    """What the peer heard about a request."""

    def found() -> Any:
        kinds = ("Accept", "Reject")
        heard = [each for each in meeting.peer.order("heard") if each["type"] in kinds]
        return next((each for each in heard if request in str(each["object"])), None)

    return eventually(found)


def asked(meeting: Meeting, status: Any) -> tuple[str, str]:
    """The peer asks to quote a post of ada's; its own post and the request."""
    note = meeting.peer.order("draft", quoted=status["uri"])["id"]
    request = meeting.peer.order("ask", id=note, quoted=status["uri"], author=status["account"]["uri"])
    return note, request["id"]


def shown(meeting: Meeting, uri: str) -> Any:
    """A post of the peer's as people here see it, once it came."""

    def found() -> Any:
        seen = good(meeting.home.api.get("/api/v1/timelines/public"))
        return next((each for each in seen if each["uri"] == uri), None)

    return eventually(found)


@pytest.mark.rule("F-218", "F-219", "F-244", "F-252")
def test_the_peer_quotes_with_consent_until_the_artist_takes_it_back(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    status = posted(meeting, "public")
    stated = peer.order("read", url=status["uri"])["interactionPolicy"]["canQuote"]
    assert stated["automaticApproval"] == ["https://www.w3.org/ns/activitystreams#Public"]
    note, request = asked(meeting, status)
    approval = answered(meeting, request)["result"]
    stamp = peer.order("read", url=approval)
    assert (stamp["type"], stamp["interactingObject"], stamp["interactionTarget"]) == (
        "QuoteAuthorization",
        note,
        status["uri"],
    )
    peer.order("quote", id=note, approval=approval, mentioned=status["account"]["uri"])
    assert eventually(lambda: shown(meeting, note)["quote"])["quoted_status"]["uri"] == status["uri"]

    home.running.call(lambda server: withdraw(server, int(status["id"])))
    assert eventually(lambda: [each for each in peer.order("heard") if gone(each, approval)])
    assert eventually(lambda: shown(meeting, note)["quote"] is None)


def gone(activity: Any, approval: str) -> bool:
    return activity["type"] == "Delete" and approval in str(activity["object"])


async def withdraw(server: Server, work_id: int) -> None:
    viewer = await viewer_of(server, "ada")
    (given,) = await quotes.granted(server, work_id)
    await quotes.withdraw(server, viewer, given.id)


@pytest.mark.rule("F-218", "F-244", "F-251")
def test_the_peer_is_refused_or_waits_for_the_artist(meeting: Meeting) -> None:
    home = meeting.home
    _, refused = asked(meeting, posted(meeting, "nobody"))
    assert answered(meeting, refused)["type"] == "Reject"
    for accept, kind in ((True, "Accept"), (False, "Reject")):
        _, waiting = asked(meeting, posted(meeting, "ask"))
        eventually(lambda: home.running.call(waits))
        home.running.call(lambda server, accept=accept: decide(server, accept=accept))
        assert answered(meeting, waiting)["type"] == kind


async def waits(server: Server) -> int:
    return len(await quotes.waiting(server, await viewer_of(server, "ada")))


async def decide(server: Server, *, accept: bool) -> None:
    viewer = await viewer_of(server, "ada")
    (request,) = await quotes.waiting(server, viewer)
    await quotes.answer(server, viewer, request.id, accept)


@pytest.mark.rule("F-219", "F-252")
def test_a_quote_between_two_of_the_peers_people_is_shown_while_the_approval_stands(meeting: Meeting) -> None:
    home, peer = meeting.home, meeting.peer
    ada = good(home.api.get("/api/v1/accounts/verify_credentials"))["uri"]
    quoted = peer.order("post", content="<p>Dunes at noon</p>", mentioned=ada)["id"]
    guest = peer.order("guest")["name"]
    note = peer.order("draft", quoted=quoted, by=guest)["id"]
    approval = peer.order("allow", quoting=note, quoted=quoted)["id"]
    peer.order("quote", id=note, approval=approval, mentioned=ada)
    seen = eventually(lambda: shown(meeting, note)["quote"])
    assert re.search("Dunes at noon", seen["quoted_status"]["content"])
    peer.order("disallow", id=approval, mentioned=ada)
    assert eventually(lambda: shown(meeting, note)["quote"] is None)
