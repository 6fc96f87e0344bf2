"""Passwords, sessions, bearer tokens and form tokens."""

import pytest

from fedicara.actions import authentication as auth
from fedicara.models import Account, Session, Token
from fedicara.server import Server
from tests.fedicara.rooms import PASSWORD, clock, person

pytestmark = pytest.mark.anyio


async def cookie(server: Server, username: str = "ada") -> str:
    value = await auth.sign_in(server, username, PASSWORD)
    assert value is not None
    return value


async def test_the_right_password_opens_a_session_of_that_person(server: Server) -> None:
    await person(server, "ada")
    await person(server, "eve")
    viewer = await auth.viewer_of_session(server, await cookie(server, " ADA "))
    assert viewer is not None
    assert viewer.actor.username == "ada"
    assert viewer.may("write:media")


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ada", "wrong horse"),
        ("eve", PASSWORD),
        ("", ""),
        ("ada", ""),
        ("a\0b", PASSWORD),
        ("ada%", PASSWORD),
    ],
)
async def test_a_wrong_name_or_password_opens_nothing(server: Server, username: str, password: str) -> None:
    await person(server, "ada")
    assert await auth.sign_in(server, username, password) is None
    assert await Session.all().count() == 0


async def test_every_sign_in_gives_another_cookie_and_signing_out_ends_one(server: Server) -> None:
    await person(server, "ada")
    first, second = await cookie(server), await cookie(server)
    assert first != second
    await auth.sign_out(server, first)
    assert await auth.viewer_of_session(server, first) is None
    assert await auth.viewer_of_session(server, second) is not None


async def test_a_session_ends_after_thirty_days(server: Server) -> None:
    await person(server, "ada")
    value = await cookie(server)
    clock(server).forward(days=29)
    assert await auth.viewer_of_session(server, value) is not None
    clock(server).forward(days=1)
    assert await auth.viewer_of_session(server, value) is None


async def test_a_token_allows_what_its_scopes_say(server: Server) -> None:
    ada = await person(server, "ada")
    value = await auth.make_token(server, ada.account, "read write:media")
    viewer = await auth.viewer_of_bearer(server, value)
    assert viewer is not None
    assert viewer.actor.id == ada.actor.id
    allowed = [
        scope
        for scope in ("read", "read:statuses", "write:media", "write", "write:statuses", "follow")
        if viewer.may(scope)
    ]
    assert allowed == ["read", "read:statuses", "write:media"]
    assert await auth.viewer_of_bearer(server, value + "x") is None
    assert await auth.viewer_of_session(server, value) is None


async def test_the_database_holds_neither_passwords_nor_cookies_nor_tokens(server: Server) -> None:
    ada = await person(server, "ada")
    session, token = await cookie(server), await auth.make_token(server, ada.account, "read")
    kept = [(await Account.get(id=ada.account.id)).password_hash]
    kept += [each.hash for each in await Session.all()] + [each.hash for each in await Token.all()]
    assert kept[0].startswith("$argon2id$")
    assert not any(secret in value for value in kept for secret in (PASSWORD, session, token))


def test_a_hash_that_is_none_proves_nobody() -> None:
    assert not auth._verify("", PASSWORD)
    assert not auth._verify("plain", "plain")


async def test_a_form_token_is_good_for_its_own_session_alone(server: Server) -> None:
    mine, theirs = auth.form_token(server, "mine"), auth.form_token(server, "theirs")
    assert auth.check_form_token(server, "mine", mine)
    for wrong in (theirs, "", mine.upper(), "é"):
        assert not auth.check_form_token(server, "mine", wrong)
