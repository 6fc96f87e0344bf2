"""What stands between two people keeps everything the one made off every list of the other, and nothing else does."""

from collections.abc import Awaitable, Callable

import pytest

from fedicara.federation.servers.rules import site_of
from fedicara.models import Actor, Block, Boost, DomainBlock, Work
from fedicara.reads import home, people, profiles, threads, timeline
from fedicara.reads import works as reads
from fedicara.reads.access import blocked, may_read
from fedicara.reads.views import Page
from fedicara.server import Server
from tests.fedicara.rooms import follows, local, posted, stranger

pytestmark = pytest.mark.anyio

Barrier = Callable[[Actor, Actor], Awaitable[object]]


async def _blocks(reader: Actor, author: Actor) -> None:
    await Block.create(actor_id=reader.id, target_id=author.id)


async def _is_blocked(reader: Actor, author: Actor) -> None:
    await Block.create(actor_id=author.id, target_id=reader.id)


def _blocks_domain(domain: str) -> Barrier:
    async def made(reader: Actor, _author: Actor) -> None:
        await DomainBlock.create(actor_id=reader.id, domain=domain, site=site_of(domain))

    return made


async def _shows_visitors_nothing(_reader: Actor, author: Actor) -> None:
    await Actor.filter(id=author.id).update(signin_only=True)


async def _nothing(_reader: Actor, _author: Actor) -> None:
    return


BARRIERS: dict[str, Barrier] = {
    "the reader blocks the author": _blocks,
    "the author blocks the reader": _is_blocked,
    "the reader blocks the author's server": _blocks_domain("a_b.bad.example"),
    "the reader blocks what is above it": _blocks_domain("bad.example"),
    "the reader blocks the server of the handle": _blocks_domain("handles.example"),
}
NO_BARRIERS: dict[str, Barrier] = {
    "nothing": _nothing,
    "the reader blocks a neighbour": _blocks_domain("a__.bad.example"),
    "the reader blocks another name": _blocks_domain("ad.example"),
    "visitors see nothing": _shows_visitors_nothing,
}


async def _scene(server: Server) -> tuple[Actor, Actor, Work]:
    """A reader here, and an author elsewhere with a tagged work that a friend of the reader's boosted and answered."""
    reader, author = await local(server, "reader"), await stranger("author", "a_b.bad.example")
    await Actor.filter(id=author.id).update(domain="handles.example")
    friend = await local(server, "friend")
    await follows(reader, friend)
    await follows(author, friend)
    work = await posted(author, tag="ink")
    await posted(friend, in_reply_to=work.uri)
    await Boost.create(uri="https://art.example/boosts/1", actor_id=friend.id, work_id=work.id)
    return reader, author, work


async def _places(server: Server, reader: int | None, author: Actor, work: Work) -> set[str]:
    """Where somebody meets the author or the work."""
    page, friend = Page(), await Actor.get(username="friend")
    answer = await Work.get(actor_id=friend.id)
    listed = {
        "public": [each.id for each in await reads.public(server, reader, page)],
        "timeline": [each.id for each in await timeline.public(server, reader, page, timeline.Kind())],
        "tag": [each.id for each in await reads.by_tag(server, "ink", reader, page)],
        "gallery": [each.id for each in await reads.gallery(server, author.id, reader, page)],
        "thread": [each.id for each in await threads.above(server, answer.id, reader)],
        "home": [each.id for each in await home.home(server, reader, page)] if reader else [],
        "top of home": [each.id for each in await home.home(server, reader, Page(limit=1))] if reader else [],
    }
    found = {name for name, ids in listed.items() if work.id in ids}
    if author.id in [each.id for each in await profiles.beginning(server, "auth", reader, 5)]:
        found.add("search")
    if author.id in [each.id for _, each in await people.followers(server, friend.id, reader, page)]:
        found.add("followers")
    return found | ({"id"} if await may_read(server, work, reader) else set())


EVERYWHERE = {"public", "timeline", "tag", "gallery", "thread", "search", "followers", "id"}


@pytest.mark.threat("MOD-03")
@pytest.mark.rule("F-387")
@pytest.mark.parametrize("name", [*BARRIERS, *NO_BARRIERS])
async def test_a_barrier_between_two_people_stands_on_every_list(server: Server, name: str) -> None:
    reader, author, work = await _scene(server)
    await (BARRIERS | NO_BARRIERS)[name](reader, author)
    met = await _places(server, reader.id, author, work)
    assert met == (set() if name in BARRIERS else EVERYWHERE | {"home", "top of home"})
    assert await blocked(server, reader.id, author.id) is (name in BARRIERS)
    assert await blocked(server, author.id, reader.id) is (name in BARRIERS)


@pytest.mark.rule("F-032")
async def test_who_is_not_for_visitors_is_on_no_list_of_theirs(server: Server) -> None:
    _, author, work = await _scene(server)
    assert await _places(server, None, author, work) == EVERYWHERE
    await _shows_visitors_nothing(author, author)
    assert await _places(server, None, author, work) == set()


@pytest.mark.rule("F-387")
async def test_who_blocks_a_server_is_read_by_nobody_of_it(server: Server) -> None:
    reader, author, _ = await _scene(server)
    work = await posted(reader)

    async def listed() -> bool:
        return work.id in [each.id for each in await reads.public(server, author.id, Page())]

    assert await may_read(server, work, author.id, here=False)
    assert await listed()
    await DomainBlock.create(actor_id=reader.id, domain="bad.example", site="bad.example")
    server.recent.clear()
    assert not await may_read(server, work, author.id, here=False)
    assert not await listed()
    assert await reads.gallery(server, reader.id, author.id, Page()) == []
