"""Words of callers stay words: none becomes a piece of SQL, a pattern or an order (API-19)."""

import ast
from pathlib import Path

import pytest

from fedicara.api.routes import TABLE
from tests.fediverse import Island, good

ROOT = Path(__file__).parents[3]
ASKING = {"rows", "row", "execute", "execute_query", "execute_script"}
WORDS = ("x' OR '1'='1", 'x" --', "%", "_", "a\\", "$1", "{0}", "id; DROP TABLE actors", "name DESC")
NAMES = (
    *("q", "acct", "type", "limit", "offset", "max_id", "min_id", "since_id", "order", "order_by", "sort"),
    *("id[]", "from", "to", "scope", "only_media", "tagged", "exclude_replies", "page", "cursor", "resolve"),
)
PAGES = (
    "/",
    "/search",
    "/@ada",
    "/tags/ink",
    "/home",
    "/settings/refusals",
    "/sign-in",
    "/authorize_interaction",
)


@pytest.mark.threat("API-19")
def test_routes_hold_no_sql_that_changes_and_nothing_is_sorted_by_what_a_caller_chose() -> None:
    found = []
    for path in sorted((ROOT / "fedicara").rglob("*.py")):
        room = path.relative_to(ROOT / "fedicara").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            name, words = node.func.attr, node.args
            if name == "order_by" and not all(isinstance(each, ast.Constant) for each in words):
                found.append(f"{path}:{node.lineno} sorts by what is computed")
            if name in ("raw", "RawSQL"):
                found.append(f"{path}:{node.lineno} hands SQL to the ORM")
            is_fixed = words and (isinstance(words[0], ast.Constant) or ast.unparse(words[0]).isupper())
            if name in ASKING and room in ("web", "api", "cli") and not is_fixed:
                found.append(f"{path}:{node.lineno} makes its own SQL")
    assert not found


@pytest.mark.anyio
@pytest.mark.threat("API-19")
async def test_words_of_callers_are_looked_for_as_they_are(island: Island) -> None:
    ada = await island.artist("ada")
    await ada.sign_in()
    asked = [
        f"/api{path.replace('{id}', str(ada.actor.id))}" for path, each in TABLE.items() if "GET" in each
    ]
    asked = [path for path in asked if "{" not in path]
    before = await island.counts()
    for word in WORDS:
        sent = dict.fromkeys(NAMES, word)
        for path in asked:
            assert (await ada.api.get(path, params=sent)).status_code in (200, 400, 403, 404, 422), (
                path,
                word,
            )
        for path in PAGES:
            assert (await ada.browser.get(path, params=sent)).status_code < 500, (path, word)
        found = good(await ada.api.get("/api/v2/search", params={"q": word}))
        assert found == {"accounts": [], "statuses": [], "hashtags": []}, word
    assert [
        each["username"] for each in good(await ada.api.get("/api/v2/search", params={"q": "ad"}))["accounts"]
    ]
    assert await island.counts() == before
