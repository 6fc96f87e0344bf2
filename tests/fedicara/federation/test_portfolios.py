"""Projects of other servers: whose word counts, and what becomes of them and of the works they name."""

from datetime import timedelta
from typing import Any

import pytest

from activitypub.names import PROJECTS
from fedicara.federation.errors import Unbelievable
from fedicara.federation.heard import drops, portfolios
from fedicara.models import Actor, Entry, Follow, Inbound, Project, Tombstone, Work
from tests.fedicara.federation.stage import PUBLIC, Home, Peer

pytestmark = pytest.mark.anyio

IMPLEMENTS = {"id": "https://good.example/actor", "implements": [PROJECTS]}


async def followed(home: Home, **more: Any) -> Peer:
    """Somebody elsewhere whose server knows projects, followed from here."""
    peer = home.peer(generator=IMPLEMENTS, **more)
    await home.hear(peer, peer.says("Like", "https://home.example/objects/1"))
    await home.follows(await home.artist("lee"), peer)
    return peer


def project(peer: Peer, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"https://{peer.host}/projects/{number}",
        "type": "OrderedCollection",
        "attributedTo": peer.uri,
        "name": f"Project {number}",
        "orderedItems": [f"https://{peer.host}/notes/{n}" for n in (1, 2, 3, 4)],
        "to": [PUBLIC],
        **more,
    }


async def read(home: Home, peer: Peer, **more: Any) -> Project:
    """A project that its author spoke of."""
    document = project(peer, **more)
    home.elsewhere.serve(document["id"], document)
    await home.hear(peer, peer.says("Update", document, to=[PUBLIC]))
    return await Project.get(uri=document["id"])


async def outcome() -> str:
    """What became of the activity that came last."""
    last = await Inbound.all().order_by("-id").first()
    assert last is not None
    return last.outcome


@pytest.mark.rule("F-086", "F-087", "F-215")
async def test_only_its_author_speaks_of_a_project_and_what_is_deleted_stays_so(home: Home) -> None:
    peer = await followed(home)
    known = await read(home, peer)
    assert (known.title, known.visibility) == ("Project 1", "public")
    neighbour, plain = home.peer("bob", generator=IMPLEMENTS), home.peer("max", "plain.example")
    for other in (neighbour, plain):
        await home.hear(other, other.says("Update", project(peer)))
        assert await outcome() == "dropped: attribution"
    await home.hear(neighbour, neighbour.says("Delete", known.uri))
    assert await outcome() == "dropped: attribution"
    await home.hear(neighbour, neighbour.says("Update", project(neighbour, 2)))
    assert await outcome() == "dropped: no_reader"
    await home.hear(plain, plain.says("Add", f"{plain.uri}/1", target=f"{plain.uri}/featured"))
    assert await outcome() == "dropped: type"
    assert await Project.all().count() == 1

    await home.hear(peer, peer.says("Delete", {"id": known.uri, "type": "Tombstone"}))
    await home.hear(peer, peer.says("Update", project(peer)))
    assert await outcome() == "known already"
    assert await Project.all().count() == await Entry.all().count() == 0


@pytest.mark.rule("F-086")
async def test_what_its_server_answers_decides_whether_a_project_stays(home: Home) -> None:
    peer = await followed(home)
    known = await read(home, peer)
    for status, stays in ((500, True), (404, True), (410, False)):
        await Project.filter(id=known.id).update(fetched=home.server.now() - timedelta(hours=1))
        home.elsewhere.serve(known.uri, {}, status=status)
        await home.hear(peer, peer.says("Add", f"https://{peer.host}/notes/9", target=known.uri))
        assert await Project.exists(id=known.id) is stays, status
    author = await home.known(peer)
    for number in range(portfolios.MOST):
        await Project.create(uri=f"https://{peer.host}/many/{number}", actor=author, title="x")
    home.elsewhere.serve("https://good.example/projects/7", project(peer, 7))
    with pytest.raises(Unbelievable, match="too many"):
        await portfolios.read(home.server, "https://good.example/projects/7")
    taken = await Project.get(uri=f"https://{peer.host}/many/1")
    await Project.filter(id=taken.id).update(actor_id=(await Actor.get(username="lee")).id)
    home.elsewhere.serve(taken.uri, project(peer, id=taken.uri))
    with pytest.raises(Unbelievable, match="attribution"):
        await portfolios.read(home.server, taken.uri)


@pytest.mark.rule("F-086", "F-356")
async def test_a_work_that_cannot_be_read_now_is_asked_for_again_and_one_that_is_gone_is_not(
    home: Home,
) -> None:
    peer = await followed(home)
    known = await read(home, peer)
    home.elsewhere.serve("https://good.example/notes/1", peer.note(1))
    home.elsewhere.serve("https://good.example/notes/2", {}, status=503)
    home.elsewhere.serve("https://good.example/notes/3", peer.note(3, to=[f"{peer.uri}/followers"], cc=[]))
    await Tombstone.create(uri="https://good.example/notes/4")
    await portfolios.order_works(home.server, known.id, known.uri)
    await portfolios.order_works(home.server, known.id, known.uri)
    await home.work()
    left = await Entry.filter(project_id=known.id).order_by("position").values_list("uri", flat=True)
    assert left == ["https://good.example/notes/1", "https://good.example/notes/2"]
    assert (await Work.get()).uri == "https://good.example/notes/1"
    asked = [str(request.url) for request in home.elsewhere.requests]
    assert asked.count("https://good.example/notes/1") == 1
    assert "https://good.example/notes/4" not in asked


@pytest.mark.rule("F-086", "F-356")
async def test_pages_are_read_on_the_projects_own_host_and_ten_at_most(home: Home) -> None:
    peer = await followed(home)
    address = "https://good.example/pages/"
    for number in range(14):
        items = [f"https://good.example/notes/{number * 2 + n}" for n in range(2)]
        page = {"id": f"{address}{number}", "type": "OrderedCollectionPage", "orderedItems": items}
        home.elsewhere.serve(f"{address}{number}", page | {"next": f"{address}{number + 1}"})
    found = await read(home, peer, orderedItems=[], first=f"{address}0")
    assert await Entry.filter(project_id=found.id).count() == 20
    other = await read(home, peer, number=2, orderedItems=[], first="https://evil.example/pages/0")
    assert await Entry.filter(project_id=other.id).count() == 0
    assert not [each for each in home.elsewhere.requests if each.url.host == "evil.example"]
    assert await Follow.all().count() == 1
    assert drops.counts(home.server).get("type") is None
