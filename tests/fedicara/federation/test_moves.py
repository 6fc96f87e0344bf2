"""Accounts that move: their followers here go along, if both places say so."""

from datetime import timedelta

import pytest

from fedicara.federation.heard import drops
from fedicara.models import Actor, Block, DomainBlock, Follow, Move
from tests.fedicara.federation.stage import HOME, Home, Peer

pytestmark = pytest.mark.anyio


class Leaving:
    """Somebody at one place with a follower here, and the place they go to."""

    def __init__(self, home: Home, artist: Actor, **of_target: object) -> None:
        self.home, self.artist = home, artist
        self.origin = home.peer("mia", "old.example")
        aliases = {"alsoKnownAs": [self.origin.uri], **of_target}
        self.target = home.peer("mia", "new.example", **aliases)

    async def prepare(self) -> "Leaving":
        await self.home.hear(self.origin, self.origin.says("Follow", self.artist.uri))
        await self.home.follows(self.artist, self.origin)
        self.leave()
        return self

    def leave(self) -> None:
        self.origin.more["movedTo"] = self.target.uri
        self.origin.publish()

    async def move(self, sender: Peer | None = None, **more: object) -> None:
        who = sender or self.origin
        activity = who.says("Move", self.origin.uri, target=self.target.uri)
        await self.home.hear(who, activity | more)

    async def followed(self) -> set[str]:
        follows = await Follow.filter(follower_id=self.artist.id).prefetch_related("followed")
        return {follow.followed.uri for follow in follows}


async def leaving(home: Home, **of_target: object) -> Leaving:
    return await Leaving(home, await home.artist(), **of_target).prepare()


@pytest.mark.rule("F-216", "F-380", "F-381")
async def test_followers_here_go_along_to_an_open_account_at_once(home: Home) -> None:
    story = await leaving(home)
    await story.move()
    assert await story.followed() == {story.target.uri}
    (inbox, asked), (_, undone) = *home.sent("Follow"), *home.sent("Undo")
    assert (inbox, asked["object"]) == (f"{story.target.uri}/inbox", story.target.uri)
    assert undone["object"]["object"] == story.origin.uri
    await home.hear(story.target, story.target.says("Accept", asked["id"]))
    assert await Follow.filter(followed__uri=story.target.uri, accepted=True).count() == 1


@pytest.mark.rule("F-381")
async def test_the_origin_is_left_only_when_a_locked_target_accepts(home: Home) -> None:
    story = await leaving(home, manuallyApprovesFollowers=True)
    await story.move()
    assert await story.followed() == {story.origin.uri, story.target.uri}
    assert home.sent("Undo") == []
    await home.hear(story.target, story.target.says("Accept", home.sent("Follow")[0][1]["id"]))
    assert await story.followed() == {story.target.uri}
    assert len(home.sent("Undo")) == 1


@pytest.mark.rule("F-380")
@pytest.mark.threat("ORI-17")
async def test_nobody_goes_to_a_place_that_does_not_name_where_they_come_from(home: Home) -> None:
    story = await leaving(home, alsoKnownAs=["https://other.example/users/mia"])
    await story.move()
    assert await story.followed() == {story.origin.uri}
    assert drops.counts(home.server)["move not confirmed"] == 1


@pytest.mark.rule("F-380")
@pytest.mark.threat("ORI-18")
async def test_only_the_account_itself_can_move(home: Home) -> None:
    story = await leaving(home)
    evil = home.peer("mallory", "evil.example", alsoKnownAs=[story.origin.uri])
    neighbour = home.peer("bob", "old.example")
    for other in (evil, neighbour, story.target):
        await story.move(other)
        await story.move(other, target=evil.uri)
        await story.move(other, actor=story.origin.uri)
    assert await story.followed() == {story.origin.uri}
    assert await Move.all().count() == 0


@pytest.mark.rule("F-380")
async def test_an_origin_that_says_nothing_of_it_keeps_its_followers_and_one_that_is_silent_does_not(
    home: Home,
) -> None:
    story = await leaving(home)
    del story.origin.more["movedTo"]
    story.origin.publish()
    await story.move()
    assert await story.followed() == {story.origin.uri}
    home.elsewhere.serve(story.origin.uri, {}, status=503)
    await story.move()
    assert await story.followed() == {story.target.uri}


@pytest.mark.rule("F-380", "F-382")
@pytest.mark.threat("ORI-19")
async def test_nobody_moves_to_and_fro_and_ten_moves_are_one(home: Home) -> None:
    story = await leaving(home)
    for _ in range(10):
        await story.move()
    assert await Move.all().count() == 1
    assert len(home.sent("Follow")) == 1
    story.origin.more = {"alsoKnownAs": [story.target.uri]}
    story.target.more["movedTo"] = story.origin.uri
    story.origin.publish()
    story.target.publish()
    back = story.target.says("Move", story.target.uri, target=story.origin.uri)
    await home.hear(story.target, back)
    assert await story.followed() == {story.target.uri}
    assert drops.counts(home.server)["moved lately"] == 10


@pytest.mark.rule("F-382")
async def test_after_seven_days_an_account_may_move_on(home: Home) -> None:
    story = await leaving(home)
    await story.move()
    long_ago = home.server.now() - timedelta(days=8)
    await Move.all().update(moved=long_ago)
    third = home.peer("mia", "third.example", alsoKnownAs=[story.target.uri])
    story.target.more["movedTo"] = third.uri
    story.target.publish()
    await Follow.filter(followed__uri=story.target.uri).update(accepted=True)
    await home.hear(story.target, story.target.says("Move", story.target.uri, target=third.uri))
    assert await story.followed() == {third.uri}


@pytest.mark.rule("F-380")
async def test_a_place_that_was_left_itself_is_no_place_to_go(home: Home) -> None:
    story = await leaving(home, movedTo="https://third.example/users/mia")
    await story.move()
    assert await story.followed() == {story.origin.uri}


@pytest.mark.rule("F-380", "F-383")
async def test_an_odd_target_or_one_here_is_dropped(home: Home) -> None:
    story = await leaving(home)
    for target in (None, 7, [], "x", story.origin.uri, story.artist.uri, f"{HOME}/actors/99"):
        await story.move(target=target)
    assert await story.followed() == {story.origin.uri}


@pytest.mark.rule("F-382")
async def test_a_move_that_was_broken_off_goes_on_where_it_stood(home: Home) -> None:
    story = await leaving(home)
    other = await home.artist("kim")
    activity = story.origin.says("Move", story.origin.uri, target=story.target.uri)
    await home.hear(story.target, story.target.says("Like", story.artist.uri))
    origin, target = await home.known(story.origin), await home.known(story.target)
    await Move.create(uri=activity["id"], origin=origin, target=target, moved=home.server.now())
    await home.follows(other, story.origin)
    await home.hear(story.origin, activity)
    assert await Follow.filter(followed_id=target.id).count() == 2
    assert await Follow.filter(followed_id=origin.id, follower__domain="").count() == 0


@pytest.mark.rule("F-381", "F-387")
async def test_who_blocks_the_server_somebody_moves_to_does_not_go_along(home: Home) -> None:
    story = await leaving(home)
    await DomainBlock.create(actor_id=story.artist.id, domain="new.example", site="new.example")
    await story.move()
    target = await home.known(story.target)
    assert not await Follow.filter(followed_id=target.id).exists()


@pytest.mark.rule("F-381")
async def test_who_blocked_the_account_blocks_it_at_its_new_place_too(home: Home) -> None:
    story = await leaving(home)
    kim, origin = await home.artist("kim"), await home.known(story.origin)
    await Block.create(actor_id=kim.id, target_id=origin.id)
    await story.move()
    target = await home.known(story.target)
    assert await Block.filter(actor_id=kim.id, target_id=target.id).count() == 1
