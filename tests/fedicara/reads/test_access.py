"""Who may read what: every viewer against every visibility."""

import pytest

from fedicara.models import Actor, Mention, Work
from fedicara.models.works import State
from fedicara.reads import works as reads
from fedicara.reads.access import may_read
from fedicara.reads.home import home as home_of
from fedicara.reads.views import Page
from fedicara.server import Server
from tests.fedicara.rooms import follows, local, posted, stranger

pytestmark = pytest.mark.anyio

FOLLOWERS = {"follower here", "follower there"}
MENTIONED = {"mentioned here", "mentioned there"}
STRANGERS = {"visitor", "stranger here", "stranger there", "asked here", "asked there"}
EVERYBODY = FOLLOWERS | MENTIONED | STRANGERS | {"artist"}
MAY_READ = {
    "public": EVERYBODY,
    "unlisted": EVERYBODY,
    "local": {"artist", "follower here", "mentioned here", "stranger here", "asked here"},
    "followers": FOLLOWERS | MENTIONED | {"artist"},
    "direct": MENTIONED | {"artist"},
}

Viewers = dict[str, Actor | None]


@pytest.fixture
async def viewers(server: Server) -> Viewers:
    """An artist and everybody who might look."""
    artist = await local(server, "ada")
    everybody: Viewers = {"visitor": None, "artist": artist}
    for name in ("stranger", "follower", "asked", "mentioned"):
        for place, actor in (("here", await local(server, name)), ("there", await stranger(name))):
            everybody[f"{name} {place}"] = actor
            if name in ("follower", "asked"):
                await follows(actor, artist, accepted=name == "follower")
    return everybody


async def made(viewers: Viewers, visibility: str, state: State = State.PUBLISHED) -> Work:
    """A work of the artist that mentions whoever is to be mentioned."""
    artist = viewers["artist"]
    assert artist is not None
    work = await posted(artist, visibility, state=state)
    for name in MENTIONED:
        actor = viewers[name]
        assert actor is not None
        await Mention.create(work_id=work.id, actor_id=actor.id)
    return work


def number(actor: Actor | None) -> int | None:
    return None if actor is None else actor.id


async def readers(server: Server, viewers: Viewers, work: Work) -> set[str]:
    return {
        name
        for name, actor in viewers.items()
        if await may_read(server, work, number(actor), here=actor is None or actor.is_local)
    }


async def shown(server: Server, viewers: Viewers, artist: Actor, work: Work) -> set[str]:
    """Who is shown the work in the artist's gallery."""
    found = set()
    for name, actor in viewers.items():
        listed = await reads.gallery(server, artist.id, number(actor), Page())
        if work.id in [view.id for view in listed]:
            found.add(name)
    return found


@pytest.mark.parametrize("visibility", MAY_READ)
async def test_a_work_is_read_by_exactly_those_it_is_for(
    server: Server, viewers: Viewers, visibility: str
) -> None:
    work = await made(viewers, visibility)
    assert await readers(server, viewers, work) == MAY_READ[visibility]


@pytest.mark.parametrize("visibility", MAY_READ)
async def test_a_gallery_shows_a_work_to_exactly_those_who_may_read_it(
    server: Server, viewers: Viewers, visibility: str
) -> None:
    work = await made(viewers, visibility)
    artist = viewers["artist"]
    assert artist is not None
    assert await shown(server, viewers, artist, work) == MAY_READ[visibility]


@pytest.mark.parametrize("state", [State.PROCESSING, State.FAILED])
@pytest.mark.parametrize("visibility", MAY_READ)
async def test_what_is_not_published_is_its_artists_alone(
    server: Server, viewers: Viewers, visibility: str, state: State
) -> None:
    work = await made(viewers, visibility, state)
    artist = viewers["artist"]
    assert artist is not None
    assert await readers(server, viewers, work) == {"artist"}
    assert await shown(server, viewers, artist, work) == {"artist"}
    assert await reads.public(server, None, Page()) == []


async def test_who_may_read_is_decided_alike_for_a_row_and_for_a_view(
    server: Server, viewers: Viewers
) -> None:
    follower = viewers["follower here"]
    assert follower is not None
    for visibility in MAY_READ:
        work = await made(viewers, visibility)
        view = await reads.work(server, work.id)
        assert view is not None
        assert view.actor.handle == "ada"
        assert await may_read(server, work, follower.id) is (visibility != "direct")


@pytest.mark.parametrize("visibility", ["unlisted", "local", "followers", "direct"])
async def test_only_public_works_stand_on_the_public_timeline_and_under_tags(
    server: Server, visibility: str
) -> None:
    ada = await local(server, "ada")
    await posted(ada, visibility, tag="ink")
    shown = await posted(ada, tag="ink")
    assert [view.id for view in await reads.public(server, None, Page())] == [shown.id]
    assert [view.id for view in await reads.by_tag(server, "Ink", None, Page())] == [shown.id]


async def test_home_shows_what_followed_people_say_to_followers_and_no_direct_work_of_others(
    server: Server, viewers: Viewers
) -> None:
    follower, mentioned = viewers["follower here"], viewers["mentioned here"]
    asked, artist = viewers["asked here"], viewers["artist"]
    assert follower is not None
    assert mentioned is not None
    assert asked is not None
    assert artist is not None
    works = {visibility: (await made(viewers, visibility)).id for visibility in MAY_READ}
    await follows(mentioned, artist)

    async def home(actor: Actor) -> set[int]:
        return {view.id for view in await home_of(server, actor.id, Page())}

    assert await home(follower) == set(works.values()) - {works["direct"]}
    assert await home(mentioned) == set(works.values())
    assert await home(artist) == set(works.values())
    assert await home(asked) == set()
