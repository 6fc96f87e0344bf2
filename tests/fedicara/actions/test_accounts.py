"""Accounts: names, passwords, invitations, profiles."""

import asyncio

import pytest

from fedicara.actions import accounts
from fedicara.actions.accounts import NewAccount, ProfileChange
from fedicara.actions.authentication import sign_in, viewer_of_session
from fedicara.actions.errors import Invalid, NotFound
from fedicara.federation.said.instance import instance_actor
from fedicara.models import Account, Actor, Invitation, Key
from fedicara.models.accounts import Role
from fedicara.server import Server
from tests.fedicara.rooms import PASSWORD, clock, person

pytestmark = pytest.mark.anyio

BAD_NAMES = ("", "a b", "ada@there", "ada!", ".ada", "ada.", "-", "a" * 31, "ädä", "ada/x", "a\nda", "a\0b")


@pytest.mark.rule("F-021")
@pytest.mark.parametrize("name", ["ada", "A_d-a.9", "  Ada  ", "a", "a" * 30, "_"])
async def test_a_good_name_makes_an_account_with_an_actor_and_keys(server: Server, name: str) -> None:
    account = await accounts.create(server, NewAccount(name, PASSWORD))
    actor = await Actor.get(account__id=account.id)
    assert actor.username == name.strip().lower()
    assert actor.uri == f"https://art.example/actors/{actor.id}"
    assert (actor.is_local, actor.inbox, actor.shared_inbox) == (
        True,
        f"{actor.uri}/inbox",
        "https://art.example/inbox",
    )
    assert await Key.filter(actor_id=actor.id).count() == 2
    assert (await accounts.local_actor(server, name.strip().upper())) == actor


@pytest.mark.rule("F-021")
@pytest.mark.parametrize("name", BAD_NAMES)
async def test_a_name_that_no_handle_could_have_is_refused(server: Server, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        await accounts.create(server, NewAccount(name, PASSWORD))
    assert refused.value.field == "username"
    assert await Actor.all().count() == 0


@pytest.mark.rule("F-021")
async def test_a_name_is_given_once_whatever_its_case(server: Server) -> None:
    await person(server, "ada")
    with pytest.raises(Invalid, match="taken"):
        await accounts.create(server, NewAccount("ADA", PASSWORD))
    assert await Account.all().count() == 1


async def test_of_many_who_ask_for_a_name_at_once_one_gets_it(server: Server) -> None:
    asked = [accounts.create(server, NewAccount("ada", PASSWORD)) for _ in range(4)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Account", "Invalid", "Invalid", "Invalid"]
    assert await Actor.filter(username="ada").count() == 1
    assert await Key.all().count() == 2


async def test_nobody_takes_the_name_of_the_server_itself(server: Server) -> None:
    with pytest.raises(Invalid, match="server's own"):
        await accounts.create(server, NewAccount("art.example", PASSWORD))
    assert (await instance_actor(server)).username == "art.example"
    assert await accounts.local_actor(server, "art.example") is None


@pytest.mark.parametrize("password", ["", "1234567", "x" * 257])
async def test_a_password_that_is_too_short_or_too_long_is_refused(server: Server, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        await accounts.create(server, NewAccount("ada", password))
    assert refused.value.field == "password"


async def test_a_new_password_needs_the_old_one_and_ends_every_session(server: Server) -> None:
    ada = await person(server, "ada")
    cookie = await sign_in(server, "ada", PASSWORD)
    assert cookie is not None
    with pytest.raises(Invalid) as refused:
        await accounts.change_password(server, ada, "wrong horse", "new password")
    assert refused.value.field == "old"
    assert await viewer_of_session(server, cookie) is not None
    await accounts.change_password(server, ada, PASSWORD, "new password")
    assert await viewer_of_session(server, cookie) is None
    assert await sign_in(server, "ada", PASSWORD) is None
    assert await sign_in(server, "ada", "new password") is not None


async def token_of(server: Server, role: Role = Role.ARTIST) -> str:
    path = await accounts.invite(server, role)
    assert path.startswith("/invitations/")
    return path.removeprefix("/invitations/")


async def test_an_invitation_makes_one_account_with_its_role(server: Server) -> None:
    token = await token_of(server, Role.MODERATOR)
    account = await accounts.accept_invitation(server, token, NewAccount("ada", PASSWORD, role=Role.OWNER))
    assert account.role == Role.MODERATOR
    with pytest.raises(NotFound):
        await accounts.accept_invitation(server, token, NewAccount("eve", PASSWORD))
    assert await Account.all().count() == 1


async def test_an_invitation_used_twice_at_once_makes_one_account(server: Server) -> None:
    token = await token_of(server)
    both = [accounts.accept_invitation(server, token, NewAccount(name, PASSWORD)) for name in ("ada", "eve")]
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Account", "NotFound"]
    assert await Account.all().count() == 1


async def test_a_mistake_in_the_form_does_not_use_the_invitation_up(server: Server) -> None:
    await person(server, "ada")
    token = await token_of(server)
    for wrong in (NewAccount("ada", PASSWORD), NewAccount("eve", "short"), NewAccount("!", PASSWORD)):
        with pytest.raises(Invalid):
            await accounts.accept_invitation(server, token, wrong)
    assert (await accounts.accept_invitation(server, token, NewAccount("eve", PASSWORD))).role == Role.ARTIST


async def test_an_invitation_ends_after_a_week_and_a_wrong_one_is_none(server: Server) -> None:
    token = await token_of(server)
    assert await accounts.invitation(server, token + "x") is None
    clock(server).forward(days=6)
    assert await accounts.invitation(server, token) is not None
    clock(server).forward(days=1, seconds=1)
    assert await accounts.invitation(server, token) is None
    with pytest.raises(NotFound):
        await accounts.accept_invitation(server, token, NewAccount("ada", PASSWORD))


async def test_the_database_does_not_hold_the_invitation_itself(server: Server) -> None:
    token = await token_of(server)
    (kept,) = await Invitation.all()
    assert token not in kept.hash


async def test_whether_somebody_owns_the_server_is_known(server: Server) -> None:
    await person(server, "ada")
    assert not await accounts.has_owner(server)
    await person(server, "eve", role=Role.OWNER)
    assert await accounts.has_owner(server)


async def test_a_profile_is_sanitised_and_its_revision_rises(server: Server) -> None:
    ada = await person(server, "ada")
    change = ProfileChange(
        name=" Ada ",
        summary="I draw <script>alert(1)</script> *meadows*",
        locked=True,
        licence="cc-by",
        ai="assisted",
        policy={"search": "deny"},
    )
    await accounts.update_profile(server, ada, change)
    actor, account = await Actor.get(id=ada.actor.id), await Account.get(id=ada.account.id)
    assert (actor.name, actor.locked, actor.policy, actor.revision) == ("Ada", True, {"search": "deny"}, 1)
    assert (account.licence, account.ai) == ("cc-by", "assisted")
    assert "<em>meadows</em>" in actor.summary
    assert "<script" not in actor.summary


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (ProfileChange(name="x" * 101), "name"),
        (ProfileChange(name="a\0b"), "name"),
        (ProfileChange(summary="x" * 2_001), "summary"),
        (ProfileChange(licence="mine"), "licence"),
        (ProfileChange(ai="perhaps"), "ai"),
        (ProfileChange(policy={"ai_train": "allow"}), "ai_train"),
        (ProfileChange(policy={"weather": "deny"}), "weather"),
    ],
)
async def test_a_profile_with_a_wrong_field_changes_nothing(
    server: Server, change: ProfileChange, field: str
) -> None:
    ada = await person(server, "ada")
    with pytest.raises(Invalid) as refused:
        await accounts.update_profile(server, ada, change)
    assert refused.value.field == field
    assert (await Actor.get(id=ada.actor.id)).revision == 0
