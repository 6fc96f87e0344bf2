"""What is believed of another server's things."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from fedicara.federation.errors import Gone, Missing, Unbelievable, Unreachable
from fedicara.federation.fetched import actors
from fedicara.federation.fetched.objects import fetch_object
from fedicara.federation.servers import unread
from fedicara.federation.signed import clocks
from fedicara.models import Actor, Tombstone, Unread
from fedicara.network import Answer
from fedicara.server import Server
from tests.fedicara.federation.stage import HOME, Home
from tests.fediverse import Clock

pytestmark = pytest.mark.anyio
NOTE = "https://good.example/notes/1"


@pytest.mark.rule("F-340")
async def test_a_document_is_asked_for_signed_by_the_servers_own_actor(home: Home) -> None:
    peer = home.peer()
    home.elsewhere.serve(NOTE, peer.note(1))
    assert (await fetch_object(home.server, NOTE + "#part"))["id"] == NOTE
    [request] = home.elsewhere.requests
    assert f'keyId="{HOME}/actor#main-key"' in request.headers["signature"]
    assert request.headers["accept"].startswith("application/activity+json, application/ld+json")


@pytest.mark.rule("F-341")
@pytest.mark.threat("ORI-02")
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "image/png", "text/html", "application/ld+json", ""]
)
async def test_a_document_of_another_content_type_is_not_believed(home: Home, content_type: str) -> None:
    home.elsewhere.serve(NOTE, home.peer().note(1), content_type)
    with pytest.raises(Unbelievable, match="content type"):
        await fetch_object(home.server, NOTE)


@pytest.mark.rule("F-350")
@pytest.mark.threat("ORI-01")
async def test_a_document_with_another_id_is_asked_for_once_at_that_id(home: Home) -> None:
    peer = home.peer()
    home.elsewhere.serve("https://evil.example/x", peer.note(1, content="<p>Forged</p>"))
    with pytest.raises(Missing):
        await fetch_object(home.server, "https://evil.example/x")
    home.elsewhere.serve(NOTE, peer.note(1))
    assert (await fetch_object(home.server, "https://evil.example/x"))["content"] == "<p>Note 1</p>"


@pytest.mark.threat("ORI-03")
async def test_a_redirect_does_not_speak_for_the_host_that_made_it(home: Home) -> None:
    home.elsewhere.answers[NOTE] = (302, {"location": "https://evil.example/x"}, b"")
    home.elsewhere.serve("https://evil.example/x", home.peer().note(1))
    with pytest.raises(Unbelievable):
        await fetch_object(home.server, NOTE)


async def test_two_documents_that_name_each_other_are_refused(home: Home) -> None:
    home.elsewhere.serve("https://a.example/1", {"id": "https://b.example/1", "type": "Note"})
    home.elsewhere.serve("https://b.example/1", {"id": "https://a.example/1", "type": "Note"})
    with pytest.raises(Unbelievable):
        await fetch_object(home.server, "https://a.example/1")
    assert len(home.elsewhere.requests) == 2


@pytest.mark.parametrize(
    ("status", "document", "error"),
    [
        (404, {}, Missing),
        (410, {}, Gone),
        (200, {"id": NOTE, "type": "Tombstone"}, Gone),
        (401, {}, Unbelievable),
        (204, {}, Unbelievable),
        (429, {}, Unreachable),
        (503, {}, Unreachable),
        (200, {"type": "Note"}, Unbelievable),
        (200, [], Unbelievable),
        (200, {"id": NOTE, "type": "Note", "attributedTo": "https://evil.example/m"}, Unbelievable),
    ],
)
async def test_other_answers_are_named_by_what_they_mean(
    home: Home, status: int, document: Any, error: type[Exception]
) -> None:
    home.elsewhere.serve(NOTE, document, status=status)
    with pytest.raises(error):
        await fetch_object(home.server, NOTE)


@pytest.mark.rule("F-352")
@pytest.mark.parametrize("status", [401, 403])
async def test_what_was_closed_is_not_asked_for_again_within_a_day(home: Home, status: int) -> None:
    server, clock = moved(home)
    home.elsewhere.serve(NOTE, {}, status=status)
    for _ in range(2):
        with pytest.raises(Unbelievable):
            await fetch_object(server, NOTE)
    assert len(home.elsewhere.requests) == 2, "asked once, in both forms"
    home.elsewhere.serve(NOTE, {"id": NOTE, "type": "Note"})
    clock.advance(hours=25)
    assert (await fetch_object(server, NOTE))["id"] == NOTE
    assert await Unread.all().count() == 0


@pytest.mark.rule("F-352")
async def test_what_is_not_found_on_three_different_days_is_gone(home: Home) -> None:
    server, clock = moved(home)
    for expected in (Missing, Missing, Gone):
        for _ in range(2):
            with pytest.raises(expected):
                await fetch_object(server, NOTE)
        clock.advance(days=1)
    home.elsewhere.serve(NOTE, {}, status=503)
    with pytest.raises(Unreachable):
        await fetch_object(server, NOTE)
    assert await Unread.all().count() == 1
    home.elsewhere.serve(NOTE, {"id": NOTE, "type": "Note"})
    assert (await fetch_object(server, NOTE))["id"] == NOTE
    del home.elsewhere.answers[NOTE]
    with pytest.raises(Missing):
        await fetch_object(server, NOTE)


@pytest.mark.threat("DOS-21")
async def test_what_was_not_shown_is_kept_for_thirty_days_and_within_a_number(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, clock = moved(home)
    monkeypatch.setattr(unread, "MOST", 3)
    for number in range(6):
        clock.advance(seconds=1)
        with pytest.raises(Missing):
            await fetch_object(server, f"https://good.example/{number}")
    assert await Unread.all().count() == 3
    clock.advance(days=31)
    with pytest.raises(Missing):
        await fetch_object(server, NOTE)
    assert [row.uri for row in await Unread.all()] == [NOTE]


def moved(home: Home) -> tuple[Server, Clock]:
    """The server with a time that the test moves."""
    clock = Clock()
    return replace(home.server, now=clock), clock


@pytest.mark.rule("F-325")
@pytest.mark.threat("REL-18")
@pytest.mark.parametrize(("ahead", "warnings"), [(-600, 1), (3 * 3600, 1), (10, 0)])
async def test_a_clock_that_others_contradict_is_told_in_one_line(
    home: Home, capsys: pytest.CaptureFixture[str], ahead: int, warnings: int
) -> None:
    server, clock = moved(home)
    for host in ("one", "two", "three", "four"):
        said = {"date": format_datetime(clock() - timedelta(seconds=ahead), usegmt=True)}
        home.elsewhere.answers[f"https://{host}.example/x"] = (500, said, b"")
        with pytest.raises(Unreachable):
            await fetch_object(server, f"https://{host}.example/x")
        told = capsys.readouterr().out.count("the clock of this server is wrong")
        assert told == (warnings if host == "two" else 0)
    clocks.compare(server, Answer(200, "https://five.example/", {"date": "soon"}, b""))
    assert len(next(iter(server.clocks.values()))) == 4
    clock.advance(hours=2)
    clocks.compare(server, Answer(200, "https://one.example/", {}, b""))
    assert list(server.clocks.values()) == [{}]


@pytest.mark.threat("ORI-20")
async def test_we_never_ask_ourselves(home: Home) -> None:
    with pytest.raises(Unbelievable):
        await fetch_object(home.server, f"{HOME}/objects/1")
    with pytest.raises(Unbelievable):
        await actors.fetch(home.server, f"{HOME}/actors/1")
    assert home.elsewhere.requests == []


def finger(home: Home, host: str, account: str, uri: str) -> None:
    link = {"rel": "self", "type": "application/activity+json", "href": uri}
    url = f"https://{host}/.well-known/webfinger?resource=acct:{account}"
    home.elsewhere.serve(url, {"subject": f"acct:{account}", "links": [link]}, "application/jrd+json")


@pytest.mark.rule("F-273")
async def test_somebody_is_found_by_their_handle(home: Home) -> None:
    peer = home.peer()
    finger(home, "good.example", "ada@good.example", peer.uri)
    found = await actors.by_handle(home.server, "@Ada@good.example")
    assert found is not None
    assert (found.uri, found.handle) == (peer.uri, "ada@good.example")


@pytest.mark.rule("F-273")
@pytest.mark.threat("DISC-01", "DISC-02")
async def test_a_handle_of_another_domain_counts_only_if_both_sides_name_it(home: Home) -> None:
    peer = home.peer()
    finger(home, "handles.example", "ada@handles.example", peer.uri)
    assert await actors.by_handle(home.server, "ada@handles.example") is None
    finger(home, "good.example", "ada@good.example", peer.uri)
    finger(home, "evil.example", "boss@evil.example", peer.uri)
    assert await actors.by_handle(home.server, "boss@evil.example") is None


@pytest.mark.threat("SSRF-08")
@pytest.mark.parametrize(
    "handle", ["x@127.0.0.1:5432", "x@host/path?", "u@x@host", "@x", "x@169.254.169.254", ""]
)
async def test_a_handle_cannot_choose_what_is_asked(home: Home, handle: str) -> None:
    assert await actors.by_handle(home.server, handle) is None
    assert home.elsewhere.requests == []


@pytest.mark.threat("DISC-06")
async def test_two_actors_of_one_name_do_not_share_a_handle(home: Home) -> None:
    first, second = home.peer(), home.peer("ada2", preferredUsername="ada")
    one, two = await actors.fetch(home.server, first.uri), await actors.fetch(home.server, second.uri)
    assert (one.username, two.username) == ("ada", str(two.id))


@pytest.mark.rule("F-353")
async def test_a_known_actor_stays_as_it_was_when_it_cannot_be_read_anew(home: Home) -> None:
    peer = home.peer()
    await actors.fetch(home.server, peer.uri)
    home.elsewhere.serve(peer.uri, {}, status=500)
    assert (await actors.fetch(home.server, peer.uri, fresh=True)).username == "ada"
    assert await Actor.filter(uri=peer.uri).count() == 1


@pytest.mark.rule("F-273")
@pytest.mark.threat("DISC-02")
async def test_a_handle_that_both_sides_name_is_taken_over(home: Home) -> None:
    peer = home.peer()
    finger(home, "handles.example", "ada@handles.example", peer.uri)
    finger(home, "good.example", "ada@good.example", peer.uri)
    found = await actors.by_handle(home.server, "ada@handles.example")
    assert found is not None
    assert found.handle == "ada@handles.example"
    assert (await actors.by_handle(home.server, peer.uri)) == found


async def test_people_here_are_found_without_asking_anybody(home: Home) -> None:
    artist = await home.artist()
    assert await actors.by_handle(home.server, "@lee@home.example") == artist
    assert await actors.by_handle(home.server, artist.uri) == artist
    assert home.elsewhere.requests == []


@pytest.mark.rule("F-352")
async def test_what_is_not_found_is_gone_after_three_days_and_what_is_deleted_at_once(home: Home) -> None:
    clock = Clock()
    object.__setattr__(home.server, "now", clock)
    lost, dead = home.peer(), home.peer("eve")
    for peer in (lost, dead):
        await actors.fetch(home.server, peer.uri)
    home.elsewhere.serve(lost.uri, {}, status=404)
    home.elsewhere.serve(dead.uri, {}, status=410)
    clock.advance(hours=25)
    with pytest.raises(Gone):
        await actors.fetch(home.server, dead.uri)
    for _ in range(2):
        for _ in range(3):
            assert (await actors.fetch(home.server, lost.uri)).username == "ada"
            clock.advance(minutes=1)
        clock.advance(hours=24)
    with pytest.raises(Gone):
        await actors.fetch(home.server, lost.uri)
    assert await Actor.exclude(domain="").count() == 0
    assert await Tombstone.filter(uri__in=[lost.uri, dead.uri]).count() == 2
