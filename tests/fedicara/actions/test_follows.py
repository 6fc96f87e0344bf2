"""Following people, and answering those who ask."""

import asyncio

import pytest

from fedicara.actions import follows
from fedicara.actions.accounts import ProfileChange, update_profile
from fedicara.actions.errors import Invalid, NotFound
from fedicara.actions.follows import Relation
from fedicara.models import Activity, Actor, Follow
from fedicara.server import Server
from tests.fedicara.rooms import follows as already_follows
from tests.fedicara.rooms import person, stranger

pytestmark = pytest.mark.anyio


async def deliveries(server: Server) -> int:
    row = await server.database.row("SELECT count(*) AS n FROM jobs WHERE kind = 'deliver'")
    assert row is not None
    return int(row["n"])


async def test_following_somebody_here_takes_effect_at_once(server: Server) -> None:
    ada, eve = await person(server, "ada"), await person(server, "eve")
    made = await follows.follow(server, eve, ada.actor)
    assert (await follows.follow(server, eve, ada.actor)).id == made.id
    assert await follows.relation(server, eve, ada.actor) == Relation(following=True)
    assert await follows.relation(server, ada, eve.actor) == Relation(followed_by=True)
    await follows.unfollow(server, eve, ada.actor)
    await follows.unfollow(server, eve, ada.actor)
    assert await follows.relation(server, eve, ada.actor) == Relation()


async def test_a_locked_person_is_asked_and_answers(server: Server) -> None:
    ada, eve, bob = [await person(server, name) for name in ("ada", "eve", "bob")]
    await update_profile(server, ada, ProfileChange(locked=True))
    target = await Actor.get(id=ada.actor.id)
    await follows.follow(server, eve, target)
    await follows.follow(server, bob, target)
    assert await follows.relation(server, eve, target) == Relation(requested=True)
    assert [view.username for view in await follows.requests(server, ada)] == ["eve", "bob"]
    await follows.answer(server, ada, eve.actor.id, accept=True)
    await follows.answer(server, ada, bob.actor.id, accept=False)
    assert await follows.relation(server, eve, target) == Relation(following=True)
    assert await follows.relation(server, bob, target) == Relation()
    assert await follows.requests(server, ada) == []


async def test_nobody_answers_for_somebody_else_or_twice(server: Server) -> None:
    ada, eve, bob = [await person(server, name) for name in ("ada", "eve", "bob")]
    await already_follows(bob.actor, ada.actor, accepted=False)
    for viewer, follower in ((eve, bob), (bob, bob), (ada, eve)):
        with pytest.raises(NotFound):
            await follows.answer(server, viewer, follower.actor.id, accept=True)
    await follows.answer(server, ada, bob.actor.id, accept=True)
    with pytest.raises(NotFound):
        await follows.answer(server, ada, bob.actor.id, accept=False)
    assert await Follow.filter(accepted=True).count() == 1


async def test_nobody_follows_themselves(server: Server) -> None:
    ada = await person(server, "ada")
    with pytest.raises(Invalid):
        await follows.follow(server, ada, ada.actor)


async def test_following_somebody_elsewhere_waits_for_their_server(server: Server) -> None:
    ada, eve = await person(server, "ada"), await stranger("eve")
    await follows.follow(server, ada, eve)
    assert await follows.relation(server, ada, eve) == Relation(requested=True)
    assert await deliveries(server) == 1
    await follows.unfollow(server, ada, eve)
    assert await deliveries(server) == 2
    assert {activity.type for activity in await Activity.all()} == {"Follow", "Undo"}


async def test_an_answer_to_somebody_elsewhere_is_sent(server: Server) -> None:
    ada, eve = await person(server, "ada"), await stranger("eve")
    await already_follows(eve, ada.actor, accepted=False)
    await follows.answer(server, ada, eve.id, accept=True)
    assert {activity.type for activity in await Activity.all()} == {"Accept"}
    assert await deliveries(server) == 1


@pytest.mark.rule("F-386")
async def test_a_follower_who_is_removed_is_gone_and_their_server_is_told(server: Server) -> None:
    ada, eve = await person(server, "ada"), await stranger("eve")
    await already_follows(eve, ada.actor)
    await follows.remove_follower(server, ada, eve.id)
    assert await Follow.all().count() == 0
    assert {activity.type for activity in await Activity.all()} == {"Reject"}
    with pytest.raises(NotFound):
        await follows.remove_follower(server, ada, eve.id)


async def test_following_many_times_at_once_makes_one_follow(server: Server) -> None:
    ada, eve = await person(server, "ada"), await person(server, "eve")
    answers = await asyncio.gather(
        *(follows.follow(server, eve, ada.actor) for _ in range(5)), return_exceptions=True
    )
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert await Follow.all().count() == 1
