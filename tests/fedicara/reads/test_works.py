"""Lists of works: their pages, their order, their plans."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from fedicara.models import Actor, Block, Boost, DomainBlock, Like, Work
from fedicara.models.ids import new_id
from fedicara.reads import home, timeline
from fedicara.reads import works as reads
from fedicara.reads.views import Page, WorkView
from fedicara.server import Server
from policies.policy import DEFAULT, Licensing, Use
from tests.fedicara.rooms import follows, local, pictured, posted, stranger

pytestmark = pytest.mark.anyio

Listing = Callable[[Page], Awaitable[Sequence[Any]]]
LISTS = ("public", "timeline", "gallery", "own gallery", "tag", "home")


@pytest.fixture
async def ada(server: Server) -> Actor:
    return await local(server, "ada")


async def listing(server: Server, ada: Actor, name: str) -> Listing:
    """One of the lists, in which all works of ada stand, for somebody from whom other things are kept."""
    reader = await local(server, "reader")
    await follows(reader, ada)
    await Block.create(actor_id=reader.id, target_id=(await local(server, "bob")).id)
    await DomainBlock.create(actor_id=reader.id, domain="bad.example", site="bad.example")
    lists: dict[str, Listing] = {
        "public": lambda page: reads.public(server, reader.id, page),
        "timeline": lambda page: timeline.public(server, reader.id, page, timeline.Kind()),
        "gallery": lambda page: reads.gallery(server, ada.id, reader.id, page),
        "own gallery": lambda page: reads.gallery(server, ada.id, ada.id, page),
        "tag": lambda page: reads.by_tag(server, "ink", reader.id, page),
        "home": lambda page: home.home(server, reader.id, page),
    }
    return lists[name]


def ids(views: Sequence[Any]) -> list[int]:
    return [view.id for view in views]


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_is_paged_from_either_end(server: Server, ada: Actor, name: str) -> None:
    page_of = await listing(server, ada, name)
    made = [(await posted(ada, tag="ink")).id for _ in range(7)]

    async def page(**bounds: int) -> list[int]:
        return [made.index(found) for found in ids(await page_of(Page(**bounds)))]

    assert await page() == [6, 5, 4, 3, 2, 1, 0]
    assert await page(limit=2) == [6, 5]
    assert await page(limit=2, max_id=made[5]) == [4, 3]
    assert await page(limit=2, since_id=made[1]) == [6, 5]
    assert await page(limit=2, min_id=made[1]) == [3, 2]
    assert await page(since_id=made[1], max_id=made[4]) == [3, 2]
    assert await page(min_id=made[1], max_id=made[4]) == [3, 2]
    assert await page(max_id=made[0]) == []
    assert await page(min_id=made[6]) == []


async def test_home_shows_boosts_of_followed_people_where_they_were_boosted(
    server: Server, ada: Actor
) -> None:
    reader, eve = await local(server, "reader"), await stranger("eve")
    await follows(reader, ada)
    boosted = await posted(eve)
    hidden = await posted(eve, "followers")
    own = await posted(ada)
    boost = await Boost.create(uri="https://art.example/boosts/1", actor_id=ada.id, work_id=boosted.id)
    await Boost.create(uri="https://art.example/boosts/2", actor_id=ada.id, work_id=hidden.id)
    first, second = await home.home(server, reader.id, Page())
    assert (first.id, first.cursor, first.boosted_by and first.boosted_by.username) == (
        boosted.id,
        boost.id,
        "ada",
    )
    assert (second.id, second.cursor, second.boosted_by) == (own.id, own.id, None)
    assert ids(await home.home(server, reader.id, Page(max_id=boost.id))) == [own.id]


async def test_answers_stand_in_no_list(server: Server, ada: Actor) -> None:
    await posted(ada, in_reply_to="https://there.example/notes/1")
    for name in ("public", "gallery", "home"):
        reader = await local(server, f"reader_{name}")
        await follows(reader, ada)
        lists: dict[str, Listing] = {
            "public": lambda page: reads.public(server, None, page),
            "gallery": lambda page: reads.gallery(server, ada.id, None, page),
            "home": lambda page, reader=reader: home.home(server, reader.id, page),  # type: ignore[misc]
        }
        assert await lists[name](Page()) == []


async def test_the_local_timeline_leaves_out_others(server: Server, ada: Actor) -> None:
    here, there = await posted(ada), await posted(await stranger("eve"))
    assert ids(await reads.public(server, None, Page())) == [there.id, here.id]
    assert ids(await reads.public(server, None, Page(), local=True)) == [here.id]


async def test_a_view_holds_the_words_the_pictures_in_their_order_and_the_counts(
    server: Server, ada: Actor
) -> None:
    work = await posted(ada, title="Meadow", content="<p>grass</p>", tag="ink", licence="cc-by-4.0")
    first, second = await pictured(server, work), await pictured(server, work)
    eve = await stranger("eve")
    await Like.create(uri="https://there.example/likes/1", actor_id=eve.id, work_id=work.id)
    await Boost.create(uri="https://there.example/boosts/1", actor_id=eve.id, work_id=work.id)
    view = await reads.work(server, work.id)
    assert isinstance(view, WorkView)
    assert (view.title, view.content, view.tags) == ("Meadow", "<p>grass</p>", ("ink",))
    assert (view.likes, view.boosts, view.actor.display_name, view.is_local) == (1, 1, "ada", True)
    urls = [rendition.url for picture in view.pictures for rendition in picture.renditions.values()]
    assert urls == [f"https://art.example/media/{each.key}" for each in (first, second)]
    assert await reads.work(server, work.id + 1) is None


@pytest.mark.rule("P-246", "P-247")
async def test_pictures_of_a_work_that_is_not_public_have_signed_addresses(
    server: Server, ada: Actor
) -> None:
    for visibility, signed in (("public", False), ("unlisted", False), ("followers", True), ("direct", True)):
        work = await posted(ada, visibility)
        await pictured(server, work)
        view = await reads.work(server, work.id)
        assert view is not None
        best = view.pictures[0].best("large")
        assert best is not None
        assert ("signature=" in best.url) is signed


@pytest.mark.rule("P-032", "P-033")
async def test_a_remote_work_carries_our_own_policy_whatever_its_origin_says(server: Server) -> None:
    eve = await stranger("eve")
    work = await posted(eve, policy={"stated": {"ai_train": "allow"}})
    view = await reads.work(server, work.id)
    assert view is not None
    assert (view.policy.ai_train, view.policy.licensing) == (Use.DENY, Licensing.NONE)
    assert view.policy.search is DEFAULT.search


async def plan(server: Server, sql: str, *values: Any) -> list[str]:
    rows = await server.database.rows(f"EXPLAIN QUERY PLAN {sql}", *values)
    return [row["detail"] for row in rows]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("public", "SEARCH w USING INDEX works_public (visibility=? AND state=?"),
        ("local", "SEARCH w USING INDEX works_public (visibility=? AND state=?"),
        ("timeline", "SEARCH w USING INDEX works_public (visibility=? AND state=?"),
        ("gallery", "SEARCH w USING COVERING INDEX works_home (actor_id=? AND in_reply_to=?"),
        ("own gallery", "SEARCH w USING COVERING INDEX works_"),
        ("tag", "SEARCH t USING COVERING INDEX tags_name (name=?"),
    ],
)
async def test_a_hot_list_walks_its_index_without_a_sort(
    server: Server, ada: Actor, name: str, step: str
) -> None:
    for _ in range(30):
        await posted(ada, tag="ink")
    asked: list[str] = []
    connection = server.database._reader
    assert connection is not None
    connection.set_trace_callback(asked.append)
    page = Page(max_id=1 << 62)
    if name == "local":
        await reads.public(server, None, page, local=True)
    else:
        await (await listing(server, ada, name))(page)
    connection.set_trace_callback(None)
    (sql,) = [each for each in asked if "ORDER BY" in each and "LIMIT" in each]
    steps = await plan(server, sql)
    assert any(each.startswith(step) for each in steps), steps
    assert not any("TEMP B-TREE" in each or each.startswith("SCAN") for each in steps), steps


async def test_home_finds_the_same_page_near_the_top_and_far_below_what_strangers_post(
    server: Server, ada: Actor
) -> None:
    reader, crowd = await local(server, "reader"), await stranger("crowd")
    await follows(reader, ada)
    mine = [(await posted(ada)).id for _ in range(3)]
    boosted = await posted(crowd)
    boost = await Boost.create(uri="https://art.example/boosts/1", actor=ada, work=boosted)
    wanted = [(boost.id, boosted.id, ada.id), *((each, each, 0) for each in reversed(mine))][:3]

    async def top() -> list[tuple[int, int, int]]:
        rows = await home.entries(server, reader.id, Page(limit=3))
        return [(row["cursor"], row["work"], row["booster"]) for row in rows]

    assert await top() == wanted
    numbers = [new_id() for _ in range(home.WALKS[-1] + 1)]
    await Work.bulk_create([Work(id=each, uri=f"{crowd.uri}/{each}", actor=crowd) for each in numbers])
    assert await top() == wanted
