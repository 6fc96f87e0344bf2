"""WebFinger, host-meta and NodeInfo as others read them."""

from typing import Any

import httpx
import pytest

from fedicara.models import Account, Work
from tests.fedicara.federation.stage import HOME, Home

pytestmark = pytest.mark.anyio


async def finger(home: Home, *resources: str) -> httpx.Response:
    """Ask WebFinger."""
    return await home.client.get("/.well-known/webfinger", params=[("resource", each) for each in resources])


@pytest.mark.rule("F-270", "F-271")
async def test_an_actor_is_found_by_handle_id_and_page(home: Home) -> None:
    artist = await home.artist()
    for resource in (
        "acct:lee@home.example",
        "acct:LEE@Home.Example",
        "lee@home.example",
        artist.uri,
        artist.url,
    ):
        answer = await finger(home, resource)
        assert answer.status_code == 200, resource
        assert answer.headers["content-type"] == "application/jrd+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.json()["subject"] == "acct:lee@home.example"
        assert answer.json()["aliases"] == [artist.url, artist.uri]
        links = {link["rel"]: link for link in answer.json()["links"]}
        assert links["self"] == {"rel": "self", "type": "application/activity+json", "href": artist.uri}
        assert (
            links["http://ostatus.org/schema/1.0/subscribe"]["template"]
            == f"{HOME}/authorize_interaction?uri={{uri}}"
        )


async def test_a_descriptor_that_is_known_already_is_not_sent_again(home: Home) -> None:
    await home.artist()
    tag = (await finger(home, "acct:lee@home.example")).headers["etag"]
    again = await home.client.get(
        "/.well-known/webfinger", params={"resource": "acct:lee@home.example"}, headers={"If-None-Match": tag}
    )
    assert again.status_code == 304


@pytest.mark.rule("F-270")
async def test_the_servers_own_actor_is_found_by_the_domain_alone(home: Home) -> None:
    descriptor = (await finger(home, "acct:home.example@home.example")).json()
    assert descriptor["subject"] == "acct:home.example@home.example"
    assert descriptor["links"] == [
        {"rel": "self", "type": "application/activity+json", "href": f"{HOME}/actor"}
    ]
    assert (await finger(home, f"{HOME}/actor")).json() == descriptor


@pytest.mark.rule("F-270")
@pytest.mark.threat("DISC-05")
@pytest.mark.parametrize(
    ("resources", "status"),
    [
        ([], 400),
        (["acct:lee@home.example", "acct:lee@home.example"], 400),
        (["acct:" + "x" * 10_000 + "@home.example"], 400),
        (["lee"], 400),
        (["acct:lee@other.example"], 404),
        (["acct:nobody@home.example"], 404),
        (["https://other.example/@lee"], 404),
        ([f"{HOME}/objects/1"], 404),
    ],
)
async def test_what_cannot_be_found_is_said_plainly(home: Home, resources: list[str], status: int) -> None:
    await home.artist()
    answer = await finger(home, *resources)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.threat("DISC-06")
async def test_people_of_other_servers_are_not_found_here(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await home.hear(peer, peer.says("Follow", artist.uri))
    assert (await finger(home, "acct:ada@home.example")).status_code == 404
    assert (await finger(home, peer.uri)).status_code == 404


@pytest.mark.rule("F-272")
async def test_host_meta_leads_to_webfinger(home: Home) -> None:
    template = f"{HOME}/.well-known/webfinger?resource={{uri}}"
    assert f'template="{template}"' in (await home.client.get("/.well-known/host-meta")).text
    answer = (await home.client.get("/.well-known/host-meta.json")).json()
    assert answer["links"][0]["template"] == template


@pytest.mark.rule("F-275", "F-276")
@pytest.mark.threat("DISC-09")
@pytest.mark.parametrize("version", ["2.0", "2.1"])
async def test_nodeinfo_says_what_runs_here_and_how_many_use_it(home: Home, version: str) -> None:
    artist = await home.artist()
    await Account.create(actor=artist, password_hash="x")
    await Work.create(uri=f"{HOME}/objects/1", actor=artist)
    links: list[dict[str, Any]] = (await home.client.get("/.well-known/nodeinfo")).json()["links"]
    [href] = [link["href"] for link in links if link["rel"].endswith(version)]
    answer = await home.client.get(href)
    assert answer.headers["content-type"].endswith(f'schema/{version}#"')
    found = answer.json()
    assert (found["version"], found["software"]["name"], found["protocols"]) == (
        version,
        "fedicara",
        ["activitypub"],
    )
    assert found["usage"] == {"users": {"total": 1, "activeMonth": 1, "activeHalfyear": 1}, "localPosts": 1}
    assert found["metadata"]["aiPolicy"]["anonymousMedia"] == "preview"
    assert (await home.client.get("/nodeinfo/3.0")).status_code == 404
