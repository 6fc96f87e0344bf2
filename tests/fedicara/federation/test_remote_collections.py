"""Collections of other servers, honest and endless."""

from typing import Any

import pytest

from fedicara.federation.fetched import collections
from fedicara.federation.network.bounds import Bounded
from fedicara.federation.network.http import NetworkError
from tests.fedicara.federation.stage import Home

pytestmark = pytest.mark.anyio
ACTOR = "https://good.example/users/ada"
OUTBOX = f"{ACTOR}/outbox"


def page(home: Home, address: str, items: list[Any], **more: Any) -> dict[str, Any]:
    """Serve a page of a collection."""
    stated = {"id": address, "type": "OrderedCollectionPage", "orderedItems": items, **more}
    home.elsewhere.serve(address, stated)
    return stated


def notes(*numbers: int) -> list[str]:
    return [f"https://good.example/notes/{number}" for number in numbers]


async def read(home: Home, stated: Any = OUTBOX, **bounds: int) -> list[Any]:
    return await collections.items_of(home.server, ACTOR, stated, **bounds)


@pytest.mark.rule("F-266")
async def test_items_are_found_however_a_collection_is_written(home: Home) -> None:
    two, three = f"{OUTBOX}?page=2", f"{OUTBOX}?page=3"
    page(home, three, [*notes(3), {"id": notes(4)[0], "type": "Note"}, 7, {"type": "Note"}])
    page(home, two, notes(1, 2), next=three)
    root = {"id": OUTBOX, "type": "OrderedCollection", "totalItems": 4, "first": two}
    home.elsewhere.serve(OUTBOX, root)
    expected = [*notes(1, 2, 3), {"id": notes(4)[0], "type": "Note"}]
    assert await read(home) == expected
    assert await read(home, root) == expected
    embedded = {"id": two, "type": "CollectionPage", "items": notes(1, 2), "next": three}
    assert await read(home, {"id": OUTBOX, "type": "Collection", "first": embedded}) == expected
    assert await read(home, {"type": "Collection", "items": notes(1)}) == notes(1)
    assert await read(home, pages=2) == notes(1, 2)
    assert await read(home, most=3) == notes(1, 2, 3)
    assert await read(home, {"id": OUTBOX, "type": "Collection", "totalItems": 4}) == expected


@pytest.mark.rule("F-266")
async def test_what_is_no_collection_of_that_host_has_no_items(home: Home) -> None:
    home.elsewhere.serve(
        "https://evil.example/outbox", {"id": "https://evil.example/outbox", "type": "Collection"}
    )
    home.elsewhere.serve(OUTBOX, {"id": OUTBOX, "type": "Note", "items": notes(1)})
    for odd in (None, "", 7, [], {}, "https://evil.example/outbox", OUTBOX, f"{OUTBOX}/missing"):
        assert await read(home, odd) == []
    assert "evil.example" not in {request.url.host for request in home.elsewhere.requests}
    root = page(home, OUTBOX, notes(1), next="https://evil.example/outbox")
    assert await read(home, root) == notes(1)


@pytest.mark.rule("F-356")
@pytest.mark.threat("DOS-06")
async def test_an_endless_collection_ends_after_ten_pages_or_five_hundred_items(home: Home) -> None:
    for number in range(20):
        page(home, f"{OUTBOX}?page={number}", notes(number), next=f"{OUTBOX}?page={number + 1}")
    assert await read(home, f"{OUTBOX}?page=0") == notes(*range(10))
    assert len(home.elsewhere.requests) == 10
    for number in range(20):
        many = notes(*range(300 * number, 300 * number + 300))
        page(home, f"{OUTBOX}?page={number}", many, next=f"{OUTBOX}?page={number + 1}")
    home.elsewhere.requests.clear()
    assert len(await read(home, f"{OUTBOX}?page=0")) == 500
    assert len(home.elsewhere.requests) == 2


@pytest.mark.rule("F-356")
@pytest.mark.threat("DOS-06")
async def test_no_page_is_read_twice(home: Home) -> None:
    one, two = f"{OUTBOX}?page=1", f"{OUTBOX}?page=2"
    page(home, one, notes(1), next=two)
    page(home, two, notes(2), next=one)
    home.elsewhere.serve(OUTBOX, {"id": OUTBOX, "type": "OrderedCollection", "first": one})
    assert await read(home) == notes(1, 2)
    page(home, one, notes(1), next=one)
    assert await read(home, one) == notes(1)
    home.elsewhere.serve(OUTBOX, {"id": OUTBOX, "type": "OrderedCollection", "first": OUTBOX})
    assert await read(home) == []
    assert len(home.elsewhere.requests) == 3 + 1 + 1


@pytest.mark.rule("F-356")
@pytest.mark.threat("DOS-06", "DOS-07")
async def test_an_errand_ends_after_its_requests_or_its_time(home: Home) -> None:
    page(home, OUTBOX, notes(1))
    asked = Bounded(home.server, most=2)
    for _ in range(2):
        await asked.get(OUTBOX, {})
    with pytest.raises(NetworkError, match="enough"):
        await asked.get(OUTBOX, {})
    assert (asked.spent, len(home.elsewhere.requests)) == (2, 2)
    late = Bounded(home.server, most=2, seconds=-1)
    with pytest.raises(NetworkError, match="too long"):
        await late.get(OUTBOX, {})
