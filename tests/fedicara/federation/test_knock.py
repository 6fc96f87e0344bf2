"""How other servers are spoken to: the usual signature first, the other one where it is refused, and what is remembered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from activitypub.names import ACTIVITY_JSON
from fedicara.federation.errors import Unbelievable
from fedicara.federation.fetched.objects import fetch_object
from fedicara.federation.network.http import Door, NetworkError
from fedicara.federation.servers import hosts
from fedicara.federation.signed import knock
from fedicara.federation.signed.signing import key_of
from fedicara.models import Actor, Host
from fedicara.network import Answer
from fedicara.server import Server
from tests.carried import Carried
from tests.fedicara.federation.stage import Home

pytestmark = pytest.mark.anyio

INBOX = "https://picky.example/inbox"
NOTE = "https://picky.example/notes/1"


class Picky(httpx.AsyncBaseTransport):
    """A server that answers as the test says, and keeps how each request was signed."""

    def __init__(self, answer: Callable[[httpx.Request, bool], int]) -> None:
        self._answer = answer
        self.schemes: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_new = "signature-input" in request.headers
        self.schemes.append("rfc9421" if is_new else "cavage")
        status = self._answer(request, is_new)
        if status == 0:
            raise httpx.ConnectError("nobody answers", request=request)
        body = b'{"id": "' + str(request.url).encode() + b'"}'
        headers = {"Content-Type": ACTIVITY_JSON}
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


class Clock:
    """A time that the test moves."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def facing(home: Home, answer: Callable[[httpx.Request, bool], int]) -> tuple[Server, Picky, Clock]:
    """The server, with everybody elsewhere answering so."""
    picky, clock = Picky(answer), Clock()
    return replace(home.server, network=Door(home.server.settings, Carried(picky)), now=clock), picky, clock


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def only_new(_: httpx.Request, is_new: bool) -> int:
    return 202 if is_new else 401


async def post(server: Server, artist: Actor) -> Answer:
    letter = knock.Letter(INBOX, {"Content-Type": ACTIVITY_JSON}, b"{}")
    return await knock.post(server, await key_of(server, artist), await hosts.known(server, INBOX), letter)


@pytest.mark.rule("F-331")
async def test_a_server_that_takes_the_usual_signature_is_asked_once_and_needs_no_row(home: Home) -> None:
    server, picky, _ = facing(home, lambda request, is_new: 202)
    artist = await home.artist()
    assert (await post(server, artist)).status == 202
    assert picky.schemes == ["cavage"]
    assert await Host.all().count() == 0


@pytest.mark.rule("F-332", "F-330")
@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_delivery_is_sent_once_more_as_rfc_9421_says_and_that_is_remembered(
    home: Home, status: int
) -> None:
    server, picky, _ = facing(home, lambda request, is_new: 202 if is_new else status)
    artist = await home.artist()
    for _ in range(2):
        assert (await post(server, artist)).status == 202
    assert picky.schemes == ["cavage", "rfc9421", "rfc9421"]
    kept = await Host.get(host="picky.example")
    assert (kept.post_scheme, kept.get_scheme) == ("rfc9421", "")


@pytest.mark.rule("F-332")
@pytest.mark.parametrize("second", [401, 503, 0])
async def test_where_both_forms_fail_the_first_answer_counts_and_nothing_is_remembered(
    home: Home, second: int
) -> None:
    server, picky, _ = facing(home, lambda request, is_new: second if is_new else 403)
    artist = await home.artist()
    assert (await post(server, artist)).status == 403
    assert picky.schemes == ["cavage", "rfc9421"]
    assert await Host.all().count() == 0


@pytest.mark.rule("F-332")
@pytest.mark.parametrize("status", [404, 410, 429, 500])
async def test_other_answers_lead_to_no_second_request(home: Home, status: int) -> None:
    server, picky, _ = facing(home, lambda request, is_new: status)
    assert (await post(server, await home.artist())).status == status
    assert picky.schemes == ["cavage"]


async def test_a_server_that_does_not_answer_is_not_asked_twice(home: Home) -> None:
    server, picky, _ = facing(home, lambda request, is_new: 0)
    with pytest.raises(NetworkError):
        await post(server, await home.artist())
    assert picky.schemes == ["cavage"]


@pytest.mark.rule("F-330")
async def test_what_is_remembered_is_kept_for_thirty_days_after_its_last_success(home: Home) -> None:
    server, picky, clock = facing(home, only_new)
    artist = await home.artist()
    await post(server, artist)
    for days in (20, 40):
        clock.ahead = timedelta(days=days)
        await post(server, artist)
    assert picky.schemes == ["cavage", "rfc9421", "rfc9421", "rfc9421"]
    clock.ahead = timedelta(days=71)
    await post(server, artist)
    assert picky.schemes[4:] == ["cavage", "rfc9421"]


@pytest.mark.rule("F-330")
async def test_rows_past_their_time_go_when_something_new_is_learned(home: Home) -> None:
    await Host.create(host="old.example", seen=milliseconds(home.server.now() - timedelta(days=31)))
    server, _, _ = facing(home, only_new)
    await post(server, await home.artist())
    assert [host.host for host in await Host.all()] == ["picky.example"]


@pytest.mark.rule("F-332")
async def test_a_server_that_goes_back_to_the_usual_form_is_followed(home: Home) -> None:
    await Host.create(host="picky.example", post_scheme="rfc9421", seen=milliseconds(home.server.now()))
    server, picky, _ = facing(home, lambda request, is_new: 401 if is_new else 202)
    artist = await home.artist()
    for _ in range(2):
        await post(server, artist)
    assert picky.schemes == ["rfc9421", "cavage", "cavage"]


@pytest.mark.rule("F-330", "F-332")
async def test_a_refused_read_is_asked_once_more_and_remembered_apart_from_deliveries(home: Home) -> None:
    server, picky, _ = facing(home, lambda request, is_new: 200 if is_new else 401)
    for _ in range(2):
        assert (await fetch_object(server, NOTE))["id"] == NOTE
    assert picky.schemes == ["cavage", "rfc9421", "rfc9421"]
    kept = await Host.get(host="picky.example")
    assert (kept.post_scheme, kept.get_scheme, kept.strip_query) == ("", "rfc9421", False)
    refusing, picky, _ = facing(home, lambda request, is_new: 401)
    with pytest.raises(Unbelievable):
        await fetch_object(refusing, NOTE)
    assert len(picky.schemes) == 2


@pytest.mark.rule("F-334")
@pytest.mark.threat("SIG-20")
async def test_a_read_refused_with_its_query_signed_is_tried_without_and_that_is_remembered(
    home: Home,
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request, is_new: bool) -> int:
        asked.append(str(request.url))
        return 200 if len(asked) > 1 else 401

    server, picky, _ = facing(home, answer)
    for _ in range(2):
        await fetch_object(server, f"{NOTE}?page=2")
    assert asked == [f"{NOTE}?page=2"] * 3
    assert picky.schemes == ["cavage"] * 3
    assert (await Host.get(host="picky.example")).strip_query is True
