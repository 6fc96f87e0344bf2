"""Addresses in our documents, what stands at them, and what no server is told of."""

import re

import pytest

from activitypub.names import FEDICARA, OWN_TERMS
from fedicara.models import Actor, Block, Entry, Project, Work
from fedicara.models.ids import new_id
from tests.fedicara.federation.stage import HOME, PUBLIC, Home
from tests.fedicara.peers.test_reading import follower, same_answer, work_of

pytestmark = pytest.mark.anyio

PATHS = r"/actors/\d+(/(inbox|outbox|followers|following|projects)|#[a-z0-9-]+)?|/actor|/inbox"


@pytest.mark.rule("F-001", "F-003", "F-023", "F-036")
async def test_every_address_of_an_actor_is_on_its_own_host_whatever_the_request_says(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    claims = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Forwarded": "host=evil.example",
    }
    document = (await home.get(f"/actors/{artist.id}", peer, **claims)).json()
    names = ("inbox", "outbox", "followers", "following", "projects")
    stated = [document["id"], document["endpoints"]["sharedInbox"], *(document[name] for name in names)]
    stated += [document["publicKey"]["id"], *(key["id"] for key in document["assertionMethod"])]
    stated.append(document["generator"]["id"])
    for address in stated:
        assert address.startswith(f"{HOME}/"), address
        assert re.fullmatch(PATHS, address.removeprefix(HOME)), address
    for name in names[1:]:
        collection = (await home.get(document[name].removeprefix(HOME), peer)).json()
        assert (collection["id"], collection["type"]) == (document[name], "OrderedCollection")
        assert collection["totalItems"] == 0


@pytest.mark.rule("F-036", "F-260", "F-261")
async def test_the_collection_of_projects_names_the_public_ones_newest_first(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await follower(home, artist, peer)
    made = [
        await Project.create(uri=f"{HOME}/projects/{n}", actor=artist, title=str(n), visibility=visibility)
        for n, visibility in enumerate(["public", "followers", "unlisted", "public"])
    ]
    path = f"/actors/{artist.id}/projects"
    bare = (await home.get(path)).json()
    assert not {"totalItems", "first"} & set(bare)
    root = (await home.get(path, peer)).json()
    assert root["totalItems"] == 2
    page = (await home.get(root["first"].removeprefix(HOME), peer)).json()
    assert page["orderedItems"] == [made[3].uri, made[0].uri]


@pytest.mark.rule("F-377", "F-102")
async def test_followers_are_not_compared_between_servers(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await follower(home, artist, peer)
    await work_of(home, artist, "followers")
    await home.work()
    (create,) = home.sent("Create")
    assert create[1]["to"] == [f"{artist.uri}/followers"]
    posts = [request for request in home.elsewhere.requests if request.method == "POST"]
    assert posts
    assert not any("collection-synchronization" in request.headers for request in posts)

    address = f"https://{peer.host}/users/ada/followers_synchronization"
    said = f'collectionId="{peer.uri}/followers", url="{address}", digest="{"0" * 64}"'
    like = peer.says("Like", (await Work.get()).uri)
    assert (await home.post(peer, like, **{"Collection-Synchronization": said})).status_code == 202
    await home.work()
    assert address not in {str(request.url) for request in home.elsewhere.requests}


@pytest.mark.rule("F-376", "F-246")
async def test_a_relay_gets_nothing_and_what_it_passes_on_is_not_read(home: Home) -> None:
    artist = await home.artist()
    relay = home.peer("relay", "relay.example", type="Application")
    await work_of(home, artist)
    await home.hear(relay, relay.says("Follow", PUBLIC))
    await home.hear(relay, relay.says("Follow", f"{HOME}/actor"))
    await home.hear(relay, relay.says("Accept", {"id": f"{HOME}/activities/1", "type": "Follow"}))
    note = "https://far.example/notes/1"
    await home.hear(relay, relay.says("Announce", note, to=[PUBLIC]))
    assert note not in {str(request.url) for request in home.elsewhere.requests}
    assert [kind["type"] for _, kind in home.elsewhere.posted] == ["Reject"]
    assert await Work.exclude(actor_id=artist.id).count() == 0
    assert not await Actor.filter(domain="far.example").exists()


@pytest.mark.rule("F-080", "F-082", "F-260", "F-300")
async def test_a_long_project_is_read_in_pages_by_who_may_read_it(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    number = new_id()
    project = await Project.create(
        id=number,
        uri=f"{HOME}/projects/{number}",
        url=f"{HOME}/@lee/projects/{number}",
        actor=artist,
        title="Long",
    )
    works = [await work_of(home, artist) for _ in range(41)]
    hidden = await work_of(home, artist, "followers")
    for position, work in enumerate([works[0], hidden, *works[1:]]):
        await Entry.create(project=project, position=position, uri=work.uri)
    path = f"/projects/{number}"
    root = (await home.get(path, peer)).json()
    assert (root["totalItems"], "orderedItems" in root) == (41, False)
    first = (await home.get(root["first"].removeprefix(HOME), peer)).json()
    second = (await home.get(first["next"].removeprefix(HOME), peer)).json()
    assert [*first["orderedItems"], *second["orderedItems"]] == [work.uri for work in works]
    assert "next" not in second
    await follower(home, artist, peer)
    assert (await home.get(path, peer)).json()["totalItems"] == 42

    assert (
        (await home.get(path)).status_code
        == (await home.get(root["first"].removeprefix(HOME))).status_code
        == 401
    )
    page = await home.get(path, Accept="text/html")
    assert (page.status_code, page.headers["location"]) == (302, project.url)
    await Block.create(actor=artist, target=await home.known(peer))
    never = await home.get("/projects/12345", peer)
    assert same_answer(await home.get(path, peer), never)
    await Project.filter(id=number).update(visibility="followers")
    for reader, accept in (
        (None, "text/html"),
        (None, "application/activity+json"),
        (home.peer("eve"), "*/*"),
    ):
        assert same_answer(
            await home.get(path, reader, Accept=accept),
            await home.get("/projects/12345", reader, Accept=accept),
        )


@pytest.mark.rule("F-421")
async def test_our_own_terms_are_explained_where_their_name_says(home: Home) -> None:
    answer = await home.get("/fedicara/ns", Accept="application/ld+json")
    assert answer.headers["content-type"] == "application/ld+json"
    assert set(answer.json()["@context"]) == {"fedicara", *OWN_TERMS}
    assert FEDICARA.removesuffix("#").endswith("/fedicara/ns")
    page = await home.get("/fedicara/ns", Accept="text/html")
    assert page.headers["location"] == f"{HOME}/vocabulary"
