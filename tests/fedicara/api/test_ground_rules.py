"""Errors, scopes, methods and headers, the same on every path."""

import pytest

from fedicara.actions.authentication import make_token
from fedicara.models import Account
from tests.fediverse import Island, drawing

pytestmark = pytest.mark.anyio

PUBLIC = "/api/v1/timelines/public"


async def token(island: Island, scope: str) -> dict[str, str]:
    """A header with a token of this scope."""
    with island.server.database.bound():
        account = await Account.get(actor_id=island.people["ada"].actor.id)
        return {"Authorization": f"Bearer {await make_token(island.server, account, scope)}"}


@pytest.mark.rule("A-010", "A-025")
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/trends/tags", "/api/", "/api/v1/instance"])
async def test_an_unknown_path_is_404_in_json(island: Island, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = await island.client().request(method, path)
        assert answer.status_code == 404
        assert set(answer.json()) == {"error"}


@pytest.mark.rule("A-025")
async def test_a_wrong_method_is_405_and_says_which_are_right(island: Island) -> None:
    answer = await island.client().delete(PUBLIC)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json()["error"]


@pytest.mark.rule("A-025")
async def test_head_answers_as_get_without_a_body(island: Island) -> None:
    answer = await island.client().head(PUBLIC)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.rule("A-001")
async def test_a_slash_at_the_end_changes_nothing(island: Island) -> None:
    assert (await island.client().get(f"{PUBLIC}/")).json() == []


@pytest.mark.rule("A-006")
async def test_apps_in_browsers_of_other_sites_may_ask(island: Island) -> None:
    preflight = await island.client().options(PUBLIC)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    assert preflight.headers["access-control-max-age"] == "86400"
    answer = await island.client().get(PUBLIC)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "Link" in answer.headers["access-control-expose-headers"]


@pytest.mark.rule("A-007")
async def test_answers_are_kept_by_nobody_and_cookies_count_for_nothing(island: Island) -> None:
    ada = await island.artist("ada")
    await ada.sign_in()
    answer = await ada.browser.get("/api/v1/timelines/home")
    assert answer.status_code == 401
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.rule("A-011")
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer dead"}, {"Authorization": "Basic YTpi"}])
async def test_without_a_living_token_it_is_401(island: Island, headers: dict[str, str]) -> None:
    for method, path in (
        ("GET", "/api/v1/timelines/home"),
        ("POST", "/api/v1/statuses"),
        ("POST", "/api/v2/media"),
        ("GET", "/api/v1/accounts/verify_credentials"),
    ):
        answer = await island.client().request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]


@pytest.mark.rule("A-012", "A-042")
async def test_a_token_without_the_scope_is_403_and_told_which_it_lacks(island: Island) -> None:
    await island.artist("ada")
    headers = await token(island, "read")
    answer = await island.client().post("/api/v1/statuses", headers=headers, data={"status": "A line."})
    assert answer.status_code == 403
    assert "write:statuses" in answer.json()["error"]
    files = {"file": ("a.png", drawing(), "image/png")}
    assert (await island.client().post("/api/v2/media", headers=headers, files=files)).status_code == 403


@pytest.mark.rule("A-042")
@pytest.mark.parametrize("scope", ["write", "write:statuses", "read write:statuses"])
async def test_a_scope_covers_what_lies_below_it(island: Island, scope: str) -> None:
    await island.artist("ada")
    headers = await token(island, scope)
    answer = await island.client().post("/api/v1/statuses", headers=headers, data={"status": "A line."})
    assert answer.status_code == 200


@pytest.mark.rule("A-002", "A-013")
@pytest.mark.parametrize("identifier", ["1", "abc", "-1", "1.5", "9" * 19, "9" * 30, "١"])
async def test_what_is_not_there_is_404_whatever_was_asked(island: Island, identifier: str) -> None:
    ada = await island.artist("ada")
    for path in ("statuses", "accounts", "media"):
        answer = await ada.api.get(f"/api/v1/{path}/{identifier}")
        assert answer.status_code == 404
        assert answer.json() == {"error": "There is nothing here, or nothing you may see."}


@pytest.mark.threat("DOS-02")
async def test_json_nested_ten_thousand_deep_is_400(island: Island) -> None:
    ada = await island.artist("ada")
    body = b'{"status":' * 10_000 + b"1" + b"}" * 10_000
    answer = await ada.api.post(
        "/api/v1/statuses", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_a_body_over_a_mebibyte_is_413(island: Island) -> None:
    ada = await island.artist("ada")
    answer = await ada.api.post("/api/v1/statuses", data={"status": "a" * (1 << 20)})
    assert answer.status_code == 413
    assert answer.json()["error"]


@pytest.mark.rule("A-014")
async def test_a_wrong_field_is_422_and_named(island: Island) -> None:
    ada = await island.artist("ada")
    for sent, field in (
        ({"status": ["a"]}, "status"),
        ({"status": "a\0b"}, "status"),
        ({"status": "a", "visibility": "world"}, "visibility"),
        ({"status": "a", "sensitive": "perhaps"}, "sensitive"),
        ({"status": "a", "media_ids": ["x"]}, "media_ids"),
        ({"status": "a", "fedicara": {"ai": "maybe"}}, "fedicara[ai]"),
        ({"status": "a" * 6_000}, "status"),
    ):
        answer = await ada.api.post("/api/v1/statuses", json=sent)
        assert answer.status_code == 422, sent
        (told,) = answer.json()["details"][field]
        assert told["error"] == "ERR_INVALID"
        assert told["description"] == answer.json()["error"]
