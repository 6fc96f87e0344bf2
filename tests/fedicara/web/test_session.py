"""Signing in, forms from elsewhere, and where one is sent afterwards."""

import httpx
import pytest

from fedicara.actions import authentication
from fedicara.web.session import safe_path
from tests.fedicara.web.forms import post, send, token, wrong
from tests.fediverse import PASSWORD, Island, Person

pytestmark = pytest.mark.anyio

FORMS = [
    "/settings",
    "/settings/password",
    "/sign-out",
    "/@bob/follow",
    "/@bob/unfollow",
    "/requests/1",
    "/uploads",
]


async def test_a_person_signs_in_with_the_form(island: Island, visitor: httpx.AsyncClient) -> None:
    await island.artist("ada")
    fields = {"username": "@Ada", "password": PASSWORD, "next": "/post"}
    answer = await send(visitor, "/sign-in", fields, "/sign-in")
    assert (answer.status_code, answer.headers["location"]) == (303, "/post")
    cookie = next(line for line in answer.headers.get_list("set-cookie") if "-session=" in line)
    assert cookie.startswith("__Host-session=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert (await visitor.get("/home")).status_code == 200


async def test_a_wrong_password_is_answered_with_the_form_and_one_sentence(
    island: Island, visitor: httpx.AsyncClient
) -> None:
    await island.artist("ada")
    answer = await send(visitor, "/sign-in", {"username": "ada", "password": "no"}, "/sign-in")
    assert answer.status_code == 422
    assert wrong(answer) == ["That name and password do not belong together."]
    assert 'value="ada"' in answer.text
    assert "no-store" in answer.headers["cache-control"]


async def test_signing_out_ends_the_session(ada: Person) -> None:
    kept = ada.browser.cookies["__Host-session"]
    answer = await send(ada.browser, "/sign-out", {})
    assert answer.status_code == 303
    ada.browser.cookies.set("__Host-session", kept)
    assert (await ada.browser.get("/home")).status_code == 303


async def test_pages_for_people_send_visitors_to_the_sign_in_page_and_back(
    visitor: httpx.AsyncClient,
) -> None:
    answer = await visitor.get("/search/../home?older=5")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/home%3Folder%3D5"
    page = await visitor.get(answer.headers["location"])
    assert 'name="next" value="/home?older=5"' in page.text


@pytest.mark.threat("WEB-08")
@pytest.mark.parametrize("path", FORMS)
async def test_a_form_without_its_token_changes_nothing(ada: Person, bob: Person, path: str) -> None:
    foreign = await token(bob.browser)
    for fields in ({}, {"_token": ""}, {"_token": "0" * 64}, {"_token": foreign}):
        answer = await ada.browser.post(path, data=fields, headers={"X-Form-Token": fields.get("_token", "")})
        assert answer.status_code == 403
    assert (await ada.browser.get("/home")).status_code == 200


@pytest.mark.threat("WEB-08")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://art.example"},
    ],
)
async def test_a_form_sent_by_another_site_changes_nothing(ada: Person, headers: dict[str, str]) -> None:
    fields = {"_token": await token(ada.browser)}
    answer = await ada.browser.post("/sign-out", data=fields, headers=headers)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert (await ada.browser.get("/home")).status_code == 200


@pytest.mark.threat("WEB-08")
async def test_the_post_form_takes_no_picture_before_its_token(ada: Person, island: Island) -> None:
    before = island.files()
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
        b"\x89PNG\r\n\x1a\n\r\n--edge--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    assert (await ada.browser.post("/post", content=body, headers=headers)).status_code == 403
    assert (await ada.browser.post("/post", content=b"--edge--\r\n", headers=headers)).status_code == 403
    assert island.files() == before


async def test_the_own_origin_is_welcome(ada: Person) -> None:
    answer = await ada.browser.post(
        "/sign-out",
        data={"_token": await token(ada.browser)},
        headers={"Origin": "https://art.example", "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 303


@pytest.mark.threat("WEB-10")
@pytest.mark.parametrize(
    "value",
    [
        "//evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "https://art.example@evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\/evil.example",
        "/a\r\nSet-Cookie: a=b",
        "",
        "evil",
    ],
)
async def test_after_signing_in_one_stays_here(
    island: Island, visitor: httpx.AsyncClient, value: str
) -> None:
    assert safe_path(value) == "/home"
    await island.artist("ada")
    fields = {"username": "ada", "password": PASSWORD, "next": value}
    answer = await send(visitor, "/sign-in", fields, "/sign-in")
    assert answer.headers["location"] == "/home"


@pytest.mark.threat("DOS-13")
async def test_a_form_bomb_is_refused(ada: Person) -> None:
    many = "&".join(f"a{number}=1" for number in range(100_000))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (many, "a=" + "b" * 2_000_000):
        answer = await ada.browser.post("/settings", content=body, headers=headers)
        assert answer.status_code in (400, 413)


async def test_what_a_signed_in_person_sees_is_stored_nowhere(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    assert (await ada.browser.get("/")).headers["cache-control"] == "private, no-store"
    assert (await visitor.get("/")).headers["cache-control"] == "public, max-age=30"
    assert "Cookie" in (await visitor.get("/")).headers["vary"]


async def test_a_post_that_is_no_form_is_refused_with_a_sentence(ada: Person) -> None:
    answer = await ada.browser.post("/post", content=b"{}", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert wrong(answer)
    assert (await post(ada.browser)).status_code == 422


@pytest.mark.threat("API-12", "DOS-22")
async def test_too_many_tries_get_a_page_that_says_how_long_to_wait(
    island: Island, visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "FROM_A_SOURCE", (2, 300))
    await island.artist("ada")
    long = await send(visitor, "/sign-in", {"username": "ada", "password": "x" * 1025}, "/sign-in")
    assert (long.status_code, wrong(long)) == (422, ["A password has at most 1,024 characters."])
    assert (
        await send(visitor, "/sign-in", {"username": "ada", "password": "no"}, "/sign-in")
    ).status_code == 422
    for password in ("no", PASSWORD):
        answer = await send(visitor, "/sign-in", {"username": "ada", "password": password}, "/sign-in")
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 300
        assert "Too many tries. Wait 5 minutes, then try again." in answer.text
        assert "set-cookie" not in answer.headers
    assert (await visitor.get("/robots.txt")).status_code == 200
