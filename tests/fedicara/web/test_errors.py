"""Pages for what went wrong."""

import httpx
import pytest

from tests.fediverse import Person

pytestmark = pytest.mark.anyio

CSP = "default-src 'none'; script-src 'self'; style-src 'self'"


@pytest.mark.threat("WEB-05")
@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/nothing", 404), ("/@nobody", 404), ("/sign-in", 200)]
)
async def test_every_page_has_the_frame_and_its_headers(
    visitor: httpx.AsyncClient, path: str, status: int
) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"].startswith(CSP)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "This place states: no AI training" in answer.text
    assert 'href="#main"' in answer.text


async def test_an_address_without_a_page_says_so_in_words(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/nothing")
    assert "There is nothing at this address" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_method_that_no_page_takes_is_answered_in_words(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/home")
    assert answer.status_code == 405
    assert "Nothing was changed" in answer.text


@pytest.mark.rule("P-101")
async def test_an_error_states_the_policy_of_the_place(ada: Person) -> None:
    answer = await ada.browser.get("/@ada/123")
    assert answer.status_code == 404
    assert answer.headers["content-usage"]
