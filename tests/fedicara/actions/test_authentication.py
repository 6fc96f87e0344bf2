"""Passwords, sessions, bearer tokens and form tokens."""

import asyncio
from threading import Event

import pytest

from fedicara.actions import authentication as auth
from fedicara.actions.errors import Invalid, TooMany
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


@pytest.mark.threat("DOS-22")
async def test_a_password_too_long_to_hash_is_refused_before_that(server: Server) -> None:
    await person(server, "ada")
    for attempt in (auth.sign_in(server, "ada", "x" * 1025), auth.hash_password("x" * (1 << 20))):
        with pytest.raises(Invalid, match="at most 1,024 characters"):
            await attempt
    assert await auth.sign_in(server, "ada", "x" * 1024) is None


@pytest.mark.threat("DOS-22")
async def test_four_passwords_are_hashed_at_once_and_no_fifth(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person(server, "ada")
    verify, go_on = auth._verify, Event()
    monkeypatch.setattr(auth, "_verify", lambda hashed, password: go_on.wait(60) and verify(hashed, password))
    tries = [asyncio.create_task(auth.sign_in(server, "ada", PASSWORD)) for _ in range(12)]
    ended = asyncio.as_completed(tries)
    for _ in range(8):
        with pytest.raises(TooMany):
            await next(ended)
    go_on.set()
    assert all([await each for each in ended])
    assert await auth.sign_in(server, "ada", PASSWORD)


@pytest.mark.threat("API-12", "DOS-22")
async def test_guessing_ends_after_25_tries_from_an_address_or_for_a_name_known_or_not(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "FROM_A_SOURCE", (3, 300))
    monkeypatch.setattr(auth, "FOR_A_NAME", (5, 3600))
    await person(server, "ada")
    for name in ("ada", "nobody", "eve"):
        assert await auth.sign_in(server, name, "wrong", "203.0.113.7") is None
    with pytest.raises(TooMany, match="wait") as error:
        await auth.sign_in(server, "ada", PASSWORD, "203.0.113.7")
    assert 0 < error.value.wait <= 300
    for name in ("ada", "nobody"):
        spent = 2 if name == "ada" else 1
        for _ in range(5 - spent):
            assert await auth.sign_in(server, name, "wrong") is None
        with pytest.raises(TooMany) as error:
            await auth.sign_in(server, f" {name.upper()}", "wrong")
        assert "60 minutes" in error.value.sentence
