"""What every kind of answer carries, and what forms and tokens are good for."""

import httpx
import pytest

from tests.fediverse import PASSWORD, Fediverse, drawing
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]

EVERYWHERE = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
PAGES = ("/", "/sign-in", "/@ada", "/nothing-here", "/ai-policy")
DATA = (
    "/api/v1/timelines/public",
    "/api/v1/nothing",
    "/.well-known/webfinger",
    "/actor",
    "/objects/1",
    "/inbox",
)


@pytest.mark.threat("WEB-06", "WEB-05")
async def test_every_kind_of_answer_carries_the_security_headers(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    async with ada.island.client() as visitor:
        for path in (*PAGES, *DATA, "/robots.txt", "/home", "/media/none", "/static/style.css"):
            answer = await visitor.get(path)
            for name, value in EVERYWHERE.items():
                assert answer.headers.get(name) == value, (path, name)
            assert "x-powered-by" not in answer.headers
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy


@pytest.mark.rule("P-100")
async def test_the_policy_is_said_on_every_answer_but_style_sheets(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    async with ada.island.client() as visitor:
        for path in (*PAGES, *DATA):
            answer = await visitor.get(path)
            assert answer.headers["tdm-reservation"] == "1", path
            assert "noai" in answer.headers["x-robots-tag"], path
        assert "tdm-reservation" not in (await visitor.get("/static/style.css")).headers


@pytest.mark.threat("MED-04")
async def test_a_picture_is_served_inert_whatever_is_asked_for(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    posted = await ada.post(drawing(), status="Inert")
    async with ada.island.client() as visitor:
        url = posted["media_attachments"][0]["url"]
        answer = await visitor.get(url, headers={"Accept": "application/activity+json"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] in ("image/jpeg", "image/png")
    assert answer.headers["content-security-policy"].endswith("sandbox")
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.threat("WEB-14")
async def test_apps_elsewhere_may_ask_the_api_but_no_page(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    async with ada.island.client(headers={"Origin": "https://evil.example"}) as client:
        api = await client.get("/api/v1/timelines/public")
        assert api.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in api.headers
        for path in (*PAGES, "/home"):
            assert "access-control-allow-origin" not in (await client.get(path)).headers, path


@pytest.mark.threat("WEB-08")
async def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    await ada.sign_in()
    forms = (
        "/settings",
        "/settings/password",
        "/sign-out",
        "/@ada/follow",
        "/requests/1",
        "/post",
        "/uploads",
    )
    before = await ada.island.counts()
    for path in forms:
        for token in ("", "0" * 64):
            answer = await ada.browser.post(path, data={"_token": token, "name": "Mallory"})
            assert answer.status_code in (403, 415, 422, 400), path
    token = form_token(await ada.browser.get("/settings"))
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await ada.browser.post(
            "/settings", data={"_token": token, "name": "Mallory"}, headers=headers
        )
        assert answer.status_code == 403
    assert await ada.island.counts() == before
    assert await ada.island.count("actors", "name = 'Mallory'") == 0
    assert (await ada.browser.get("/home")).status_code == 200


def form_token(page: httpx.Response) -> str:
    """The token that the page's forms carry."""
    return page.text.split('name="_token" value="', 1)[1].split('"', 1)[0]


@pytest.mark.threat("WEB-09")
async def test_the_session_cookie_is_new_at_sign_in_hidden_from_scripts_and_dead_after_sign_out(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    browser = ada.browser
    browser.cookies.set("__Host-session", "chosen-by-somebody-else")
    wish = {"_token": form_token(await browser.get("/sign-in")), "username": "ada", "password": PASSWORD}
    answer = await browser.post("/sign-in", data=wish)
    assert answer.status_code == 303
    cookie = next(
        each for each in answer.headers.get_list("set-cookie") if each.startswith("__Host-session=")
    )
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= {
        part.strip().lower() for part in cookie.split(";")
    }
    value = cookie.split(";")[0].split("=", 1)[1]
    assert value != "chosen-by-somebody-else"

    async with ada.island.client(cookies={"__Host-session": value}) as thief:
        page = await thief.get("/home")
        assert page.status_code == 200
        await thief.post("/sign-out", data={"_token": form_token(page)})
        thief.cookies.set("__Host-session", value)
        assert (await thief.get("/home")).status_code == 303


@pytest.mark.threat("WEB-10")
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "https://art.example@evil.example",
    ],
)
async def test_signing_in_leads_to_no_other_site(fediverse: Fediverse, target: str) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    token = form_token(await ada.browser.get("/sign-in", params={"next": target}))
    wish = {"_token": token, "username": "ada", "password": PASSWORD, "next": target}
    answer = await ada.browser.post("/sign-in", data=wish)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/home"


@pytest.mark.threat("API-07", "API-13")
async def test_secrets_are_kept_as_hashes_alone(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    await ada.sign_in()
    token = ada.api.headers["authorization"].removeprefix("Bearer ")
    cookie = ada.browser.cookies["__Host-session"]
    assert min(len(token), len(cookie)) >= 22
    database = ada.island.server.database
    for table, column in (("tokens", "hash"), ("sessions", "hash"), ("accounts", "password_hash")):
        for row in await database.rows(f"SELECT * FROM {table}"):
            written = " ".join(str(row[name]) for name in row.keys())  # noqa: SIM118  (rows of sqlite3 are no mappings)
            assert token not in written
            assert cookie not in written
            assert PASSWORD not in written
            assert len(row[column]) >= 64
    row = await database.row("SELECT password_hash FROM accounts")
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,")


@pytest.mark.threat("SSRF-18")
async def test_a_visitor_makes_this_server_ask_nobody(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    stranger = Stranger(fediverse)
    async with ada.island.client() as visitor:
        for path in (
            f"/api/v2/search?resolve=true&q=@{stranger.handle}",
            f"/api/v1/accounts/lookup?acct={stranger.handle}",
            f"/search?q=@{stranger.handle}",
            f"/authorize_interaction?uri={stranger.uri}",
            f"/@{stranger.handle}",
            f"/proxy/1/{'0' * 32}",
            f"/proxy/{stranger.uri}",
        ):
            assert (await visitor.get(path)).status_code < 500
    assert not [each for each in fediverse.router.exchanges if stranger.host in each.url.split("/")[2]]
