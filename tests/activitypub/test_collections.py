"""Collections, as they are offered and as they are read."""

import pytest

from activitypub import collections
from activitypub.names import AS

ADA = "https://art.example/actors/2"
OUTBOX = f"{ADA}/outbox"


@pytest.mark.rule("F-260")
def test_a_root_states_its_total_and_its_first_page() -> None:
    assert collections.root(OUTBOX, 3, f"{OUTBOX}?max_id=9", ADA) == {
        "@context": [AS],
        "id": OUTBOX,
        "type": "OrderedCollection",
        "attributedTo": ADA,
        "totalItems": 3,
        "first": f"{OUTBOX}?max_id=9",
    }
    assert collections.root(OUTBOX, 0, None, None, ordered=False)["type"] == "Collection"
    assert collections.root(OUTBOX, 0, None, None)["totalItems"] == 0


@pytest.mark.rule("F-263")
def test_hidden_lists_and_counts_are_absent() -> None:
    assert "first" not in collections.root(OUTBOX, 3, None, ADA)
    assert set(collections.root(OUTBOX, None, None, ADA)) == {"@context", "id", "type", "attributedTo"}


@pytest.mark.rule("F-261")
def test_the_envelope_of_a_root_shows_neither_numbers_nor_pages() -> None:
    whole = collections.root(OUTBOX, 3, f"{OUTBOX}?max_id=9", ADA)
    assert set(collections.root_envelope(whole)) == {"@context", "id", "type", "attributedTo"}


@pytest.mark.rule("F-260")
def test_a_page_holds_ids_or_embedded_documents_without_their_context() -> None:
    ids = collections.page(f"{OUTBOX}?max_id=9", OUTBOX, [ADA], next=f"{OUTBOX}?max_id=4")
    assert ids["orderedItems"] == [ADA]
    assert (ids["partOf"], ids["next"]) == (OUTBOX, f"{OUTBOX}?max_id=4")
    assert "prev" not in ids
    embedded = collections.page(OUTBOX, OUTBOX, [{"@context": AS, "type": "Create"}], prev="x", ordered=False)
    assert embedded["items"] == [{"type": "Create"}]
    assert (embedded["type"], embedded["prev"]) == ("CollectionPage", "x")


@pytest.mark.rule("F-266")
def test_items_are_read_from_a_page_a_plain_collection_or_an_embedded_first_page() -> None:
    assert collections.items_of({"orderedItems": ["a", "b"]}) == ["a", "b"]
    assert collections.items_of({"items": "a"}) == ["a"]
    assert collections.items_of({"first": {"orderedItems": ["a"]}}) == ["a"]
    assert collections.items_of({"first": "https://art.example/page"}) == []
    assert len(collections.items_of({"items": ["a"] * 600})) == 500


PAGE = f"{OUTBOX}?page=2"


@pytest.mark.rule("F-266")
@pytest.mark.parametrize(
    ("document", "following"),
    [
        ({"next": PAGE}, PAGE),
        ({"next": {"id": PAGE}, "first": OUTBOX}, PAGE),
        ({"next": None, "first": PAGE}, None),
        ({"next": "https://evil.example/page"}, None),
        ({"next": 7}, None),
        ({"first": PAGE}, PAGE),
        ({"first": {"id": PAGE, "type": "CollectionPage"}}, PAGE),
        ({"first": {"id": f"{OUTBOX}?page=1", "items": [ADA], "next": PAGE}}, PAGE),
        ({"first": {"id": f"{OUTBOX}?page=1", "items": [ADA]}}, None),
        ({"first": "https://evil.example/page"}, None),
        ({"orderedItems": [ADA]}, None),
    ],
)
def test_what_follows_a_page_lies_on_the_host_of_the_collection(
    document: dict[str, object], following: str | None
) -> None:
    assert collections.next_of(document, OUTBOX) == following


@pytest.mark.rule("F-266")
def test_a_collection_stands_embedded_or_by_its_address_and_other_things_are_none() -> None:
    assert collections.is_embedded({"items": []})
    assert collections.is_embedded({"first": PAGE})
    assert not collections.is_embedded({"id": OUTBOX, "type": "Collection", "totalItems": 3})
    assert not collections.is_embedded(OUTBOX)
    assert collections.is_collection({"type": "OrderedCollectionPage"})
    assert not collections.is_collection({"type": "Note"})
