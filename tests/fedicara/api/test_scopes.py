"""Every route of the API with every kind of token, from the table that makes the routes (API-01, API-10)."""

import re
from collections.abc import Iterator
from itertools import combinations

import httpx
import pytest

from fedicara.actions.authentication import SCOPES, make_token
from fedicara.api.resource import Method
from fedicara.api.routes import TABLE
from fedicara.models import Account
from fedicara.server import Server
from tests.fediverse import Island

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
# What anybody may ask without a token; whatever is not named here has to declare a scope.
OPEN = {
    ("GET", "/v1/timelines/public"),
    ("GET", "/v1/statuses/{id}"),
    ("GET", "/v1/statuses/{id}/context"),
    ("GET", "/v1/statuses/{id}/history"),
    ("GET", "/v1/accounts/lookup"),
    ("GET", "/v1/accounts/{id}"),
    ("GET", "/v1/accounts/{id}/statuses"),
    ("GET", "/v1/accounts/{id}/followers"),
    ("GET", "/v1/accounts/{id}/following"),
    ("GET", "/v2/search"),
    ("GET", "/fedicara/v1/projects/{id}"),
    ("GET", "/fedicara/v1/projects/{id}/works"),
    ("GET", "/fedicara/v1/vocabulary/media"),
    ("GET", "/fedicara/v1/accounts/{id}/projects"),
}
SUBSETS = [" ".join(each) for size in range(5) for each in combinations(sorted(SCOPES), size)]
NUMBER = re.compile(r"\{[a-z_]+\}")


def every() -> Iterator[tuple[str, str, Method]]:
    return ((name, path, each) for path, methods in TABLE.items() for name, each in methods.items())


async def token(server: Server, scope: str) -> dict[str, str]:
    with server.database.bound():
        account = await Account.get()
        return {"Authorization": f"Bearer {await make_token(server, account, scope)}"}


def test_a_route_declares_a_scope_or_is_known_to_be_for_everybody() -> None:
    assert {(name, path) for name, path, each in every() if not each.scope} == OPEN


@pytest.mark.threat("API-01")
async def test_every_route_takes_tokens_of_its_scope_and_no_others(island: Island) -> None:
    await island.artist("ada")
    wanted = {part for _, _, each in every() for part in each.scope.split("|") if part}
    assert {each.partition(":")[0] for each in wanted} == {"read", "write", "follow", "profile"}
    tokens = {
        scope: await token(island.server, scope) for scope in {*SUBSETS, *wanted, "write:nothing"} if scope
    }
    asked = 0
    for name, path, each in every():
        if not each.scope:
            continue
        for scope, headers in tokens.items():
            granted = set(scope.split())
            covered = any({part, part.partition(":")[0]} & granted for part in each.scope.split("|"))
            answer = await island.client().request(name, f"/api{NUMBER.sub('1', path)}", headers=headers)
            assert (answer.status_code == 403) is not covered, (name, path, scope, answer.text)
            assert answer.status_code < 500, (name, path, answer.text)
            asked += 1
    assert asked > 400


@pytest.mark.threat("API-10")
async def test_a_token_in_the_address_is_none_and_no_page_sends_its_address_elsewhere(
    island: Island, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    await island.artist("ada")
    value = (await token(island.server, "read write follow push"))["Authorization"].partition(" ")[2]
    async with island.client() as client:
        for name, path, each in every():
            if each.scope and name == "GET":
                answer = await client.get(f"/api{NUMBER.sub('1', path)}", params={"access_token": value})
                assert answer.status_code == 401, path
                sent = httpx.Headers(answer.headers)
                assert sent["referrer-policy"] == "same-origin"
        answer = await client.post("/api/v1/statuses", data={"access_token": value, "status": "A line."})
        assert answer.status_code == 401
        assert (await client.get("/", params={"access_token": value})).headers[
            "referrer-policy"
        ] == "same-origin"
    heard = capfd.readouterr()
    assert value not in caplog.text + heard.out + heard.err
