"""Odd and hostile input from signed strangers and from apps: an answer that is no fault, and a server that goes on."""

import random
from typing import Any

import pytest

from activitypub.names import PUBLIC
from tests.fediverse import Fediverse, drawing
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
SQLITE_ALONE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**40,
    1.5e308,
    "",
    "\0",
    "\ud7ff\uffff",
    "x" * 70_000,
    "99999-01-01T00:00:00Z",
    "0000-00-00T00:00:00Z",
    "https://",
    "https://[::1",
    "https://elsewhere.example:99999/x",
    "javascript:alert(1)",
    "https://elsewhere.example/\0",
    [],
    {},
    [[[]]],
    [None, 3, {"type": 3}],
    {"type": ["Note", 5], "id": 7},
    {"@id": "x"},
    {"type": "Image", "url": {"href": 3}, "width": -1, "height": "x"},
)
FIELDS = (
    *("id", "type", "object", "to", "cc", "published", "actor"),
    *(
        "content",
        "name",
        "summary",
        "attributedTo",
        "url",
        "attachment",
        "tag",
        "inReplyTo",
        "sensitive",
        "updated",
    ),
)
KINDS = ("Create", "Update", "Delete", "Like", "Announce", "Follow", "Accept", "Reject", "Undo", "Ködör")


@pytest.mark.threat("DOS-10")
async def test_a_worker_outlives_a_hundred_odd_activities_and_does_the_good_one_after_them(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    posted = await ada.post(drawing(), status="Still here")
    stranger = Stranger(fediverse)
    await ada.follow(stranger.handle)
    await fediverse.settle()
    for seed in range(100):
        activity = odd_activity(stranger, random.Random(seed))
        answer = await stranger.send(ada.island, activity)
        assert 200 <= answer.status_code < 500, (seed, activity)
    await fediverse.settle()
    await stranger.send(ada.island, stranger.activity("Like", posted["uri"]))
    await fediverse.settle()
    assert (await ada.status(posted["id"]))["favourites_count"] >= 1
    assert len(await ada.home()) <= 100


def odd_activity(stranger: Stranger, chance: random.Random) -> dict[str, Any]:
    """An activity or its note with one to three fields that are not what they should be."""
    note = stranger.note(
        chance.randrange(1_000_000), attachment=[{"type": "Image", "url": "https://e.example/a"}]
    )
    for name in chance.sample(FIELDS, chance.randint(1, 3)):
        note[name] = chance.choice(ODD)
    activity = stranger.activity(chance.choice(KINDS), note, to=[PUBLIC])
    if chance.random() < 0.4:
        activity[chance.choice(("id", "object", "to", "cc", "published", "type"))] = chance.choice(ODD)
    return activity


@pytest.mark.threat("DOS-04")
async def test_a_note_with_far_too_much_of_everything_is_cut_or_dropped(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    stranger = Stranger(fediverse)
    await ada.follow(stranger.handle)
    await fediverse.settle()
    follow = next(each for each in stranger.heard if each["type"] == "Follow")
    await stranger.send(ada.island, stranger.activity("Accept", follow))
    await fediverse.settle()
    picture = {
        "type": "Image",
        "url": f"{stranger.origin}/a.png",
        "mediaType": "image/png",
        "name": "y" * 100_000,
    }
    many = {
        "name": "n" * 100_000,
        "summary": "s" * 100_000,
        "content": "<p>" + "c" * 100_000 + "</p>",
        "attachment": [picture] + [{**picture, "name": "short"}] * 500,
        "tag": [
            {"type": "Hashtag", "name": f"#tag{number}", "href": "https://e.example/t"}
            for number in range(3_000)
        ],
    }
    note = stranger.note(**many)
    answer = await stranger.send(ada.island, stranger.activity("Create", note, to=[PUBLIC], cc=note["cc"]))
    assert answer.status_code == 202
    await fediverse.settle()
    assert await ada.island.count("pictures") <= 16
    assert await ada.island.count("tags") <= 100
    for row in await ada.island.server.database.rows("SELECT title, warning FROM works"):
        assert len(row["title"]) <= 500
        assert len(row["warning"]) <= 500


@pytest.mark.threat("API-17")
async def test_no_paging_parameter_is_a_fault(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    odd = ("", "x", "-1", "0", "9" * 40, "1e5", "\0", "١", "1;DROP TABLE works", "' OR 1=1 --")
    lists = (
        "/api/v1/timelines/public",
        "/api/v1/timelines/home",
        f"/api/v1/accounts/{ada.actor.id}/statuses",
    )
    for path in lists:
        for name in ("max_id", "min_id", "since_id", "limit"):
            for value in odd:
                answer = await ada.api.get(path, params={name: value})
                assert answer.status_code in (200, 400, 422), (path, name, value)
    await ada.sign_in()
    for path in ("/", "/home", "/@ada", "/tags/x", "/requests"):
        for name in ("max_id", "older", "before", "page"):
            for value in odd:
                answer = await ada.browser.get(path, params={name: value})
                assert answer.status_code in (200, 400, 404), (path, name, value)


async def test_an_id_that_no_row_can_have_is_absent_like_any_other(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    stranger = Stranger(fediverse)
    await ada.sign_in()
    for number in ("9" * 19, "9" * 40, "0", "-1", "x" * 300):
        for path in (
            "/@ada/{}",
            "/@ada/{}/edit",
            "/works/{}/progress.json",
            "/uploads/{}.json",
            "/proxy/{}/00",
        ):
            assert (await ada.browser.get(path.format(number))).status_code == 404, (path, number)
        for path in (
            "/api/v1/statuses/{}",
            "/api/v1/accounts/{}",
            "/api/v1/media/{}",
            "/api/v1/accounts/{}/statuses",
        ):
            assert (await ada.api.get(path.format(number))).status_code == 404, (path, number)
        for path in (
            "/objects/{}",
            "/activities/{}",
            "/actors/{}",
            "/actors/{}/outbox",
            "/actors/{}/followers",
        ):
            url = ada.island.server.url(path.format(number))
            assert (await stranger.read(ada.island, url)).status_code == 404, (path, number)


@SQLITE_ALONE
@pytest.mark.threat("WEB-13")
async def test_json_is_given_only_to_whoever_asks_for_it(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    document, page = "activity+json", "302"
    table = {
        "application/activity+json": document,
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"': document,
        "application/activity+json, text/html;q=0.5": document,
        "text/html, application/activity+json;q=0.5": page,
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": page,
    }
    async with ada.island.client() as client:
        for accept, wanted in table.items():
            answer = await client.get(ada.actor.uri, headers={"Accept": accept})
            kind = str(answer.status_code) if answer.is_redirect else answer.headers["content-type"]
            assert wanted in kind, accept
            assert "accept" in answer.headers["vary"].lower()
        for accept in (
            "",
            "*/*",
            ",",
            ";;",
            "a" * 5_000,
            "text/html;q=x",
            "application/activity+json;q=",
            "\xff",
        ):
            headers = {"Accept": accept.encode("latin-1")}
            assert (await client.get(ada.actor.uri, headers=headers)).status_code < 500


@SQLITE_ALONE
@pytest.mark.threat("WEB-17")
async def test_no_address_leads_out_of_the_media_or_the_static_folder(fediverse: Fediverse) -> None:
    island = await fediverse.island("art")
    async with island.client() as client:
        for folder in ("/media/", "/static/"):
            for path in (
                "../secret",
                "..%2fsecret",
                "%2e%2e%2fsecret",
                "..%5csecret",
                "%2e%2e/%2e%2e/etc/passwd",
                ".",
            ):
                answer = await client.get(island.server.url(folder + path))
                assert answer.status_code == 404, folder + path
                assert island.server.secret.hex() not in answer.text


@SQLITE_ALONE
@pytest.mark.threat("API-01")
async def test_a_token_does_what_its_scope_says_and_no_more(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    reader = await ada.token("read")
    writes: tuple[tuple[str, str], ...] = (
        ("POST", "/api/v1/statuses"),
        ("PUT", "/api/v1/statuses/1"),
        ("DELETE", "/api/v1/statuses/1"),
        ("POST", "/api/v2/media"),
        ("POST", "/api/v1/media"),
        ("PUT", "/api/v1/media/1"),
        ("DELETE", "/api/v1/media/1"),
        ("POST", "/api/v1/accounts/1/follow"),
        ("POST", "/api/v1/accounts/1/unfollow"),
        ("POST", "/api/v1/follow_requests/1/authorize"),
        ("POST", "/api/v1/follow_requests/1/reject"),
    )
    for method, path in writes:
        for token, wanted in ((reader, 403), ("no-such-token", 401)):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await ada.island.client().request(method, path, headers=headers)
            assert answer.status_code == wanted, (method, path, answer.text)
            assert answer.json()["error"]
    writer = {"Authorization": f"Bearer {await ada.token('write')}"}
    async with ada.island.client(headers=writer) as client:
        for path in (
            "/api/v1/timelines/home",
            "/api/v1/follow_requests",
            "/api/v1/accounts/verify_credentials",
        ):
            assert (await client.get(path)).status_code == 403, path
