"""Projects between documents and values."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import activities, projects
from activitypub.actors import Image
from activitypub.errors import ActivityPubError, MalformedDocument
from activitypub.names import OWN_CONTEXT, OWN_TERMS, PROJECT_CONTEXT, PUBLIC
from activitypub.projects import Project, Section

ADA = "https://art.example/actors/2"
ID = "https://art.example/projects/6"


def work(number: int) -> str:
    return f"https://art.example/objects/{number}"


def stated(**more: Any) -> dict[str, Any]:
    return {"id": ID, "type": "OrderedCollection", "attributedTo": ADA, "name": "River week", **more}


WHOLE = Project(
    id=ID,
    attributed_to=ADA,
    name="River week",
    summary="<p>Five days.</p>",
    url="https://art.example/@ada/projects/6",
    icon=Image("https://art.example/media/a.jpg", "image/jpeg", "A heron"),
    items=(work(7), work(8)),
    sections=(Section(1, "<p>Upstream.</p>"),),
    to=(PUBLIC,),
    cc=(f"{ADA}/followers",),
    published=datetime(2026, 11, 1, tzinfo=UTC),
    updated=datetime(2026, 11, 2, tzinfo=UTC),
    license="CC BY",
    license_url="https://creativecommons.org/licenses/by/4.0/",
    terms={"contentUsage": "train-ai=n"},
)


@pytest.mark.rule("F-080", "F-081", "F-007")
def test_a_project_comes_back_as_it_was_said_and_every_term_is_defined() -> None:
    document = projects.render(WHOLE)
    assert document["orderedItems"] == [work(7), work(8)]
    assert document["totalItems"] == 2
    assert document["sections"] == [{"after": 1, "content": "<p>Upstream.</p>"}]
    assert projects.parse(document) == WHOLE
    defined = {*PROJECT_CONTEXT[1], *("schema:license", "@context", "id", "type")}
    common = {"attributedTo", "to", "cc", "name", "summary", "url", "icon", "published", "updated"}
    assert set(document) - defined - common == {"totalItems", "orderedItems"}


@pytest.mark.rule("F-083")
def test_nothing_is_said_of_the_order_besides_the_order() -> None:
    assert "orderType" not in projects.render(WHOLE)
    assert "orderType" not in PROJECT_CONTEXT[1]


@pytest.mark.rule("F-080", "F-260")
def test_more_than_forty_works_come_in_pages() -> None:
    many = Project(id=ID, attributed_to=ADA, items=tuple(work(n) for n in range(95)))
    root = projects.render(many)
    assert "orderedItems" not in root
    assert (root["totalItems"], root["first"]) == (95, f"{ID}?after=0")
    seen, address = list[str](), root["first"]
    while address:
        page = projects.page(many, int(address.rpartition("=")[2]))
        assert (page["id"], page["partOf"], page["type"]) == (address, ID, "OrderedCollectionPage")
        assert len(page["orderedItems"]) <= 40
        assert projects.own_items(page, ADA) == tuple(page["orderedItems"])
        seen += page["orderedItems"]
        address = projects.next_page(page)
    assert tuple(seen) == many.items
    assert page["prev"] == f"{ID}?after=40"
    assert projects.parse(root).first == f"{ID}?after=0"


@pytest.mark.rule("F-086")
def test_only_the_authors_own_count_each_once_and_five_hundred_at_most() -> None:
    items = [work(1), work(1), "https://else.example/objects/2", 7, None, *(work(n) for n in range(600))]
    found = projects.parse(stated(orderedItems=items, totalItems=10**9))
    assert found.items[:2] == (work(1), work(0))
    assert len(found.items) <= 500
    assert all(each.startswith("https://art.example/") for each in found.items)


@pytest.mark.rule("F-086", "F-014")
@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"type": "Note"},
        {"attributedTo": []},
        {"attributedTo": [ADA, "https://art.example/actors/3"]},
        {"attributedTo": "https://else.example/actors/2"},
    ],
)
def test_a_project_without_one_author_on_its_origin_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument):
        projects.parse(stated(**wrong))


def test_sections_of_the_wrong_shape_are_left_out_and_the_others_stand_in_order() -> None:
    sections = [
        {"after": 2, "content": "<p>b</p>"},
        {"after": 0, "content": "<p>a</p>"},
        {"after": -1, "content": "x"},
        {"after": 10**6, "content": "x"},
        {"after": True, "content": "x"},
        {"after": 1, "content": ""},
        {"after": 1},
        "text",
    ]
    found = projects.parse(stated(sections=sections)).sections
    assert found == (Section(0, "<p>a</p>"), Section(2, "<p>b</p>"))


@pytest.mark.rule("F-014")
@given(
    st.dictionaries(
        st.sampled_from(["id", "type", "name", "orderedItems", "sections", "first", "to", "icon"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["id", "after", "content", "url"]), inner)
            ),
        ),
    )
)
def test_whatever_a_project_says_only_our_own_error_comes_out(changes: dict[str, Any]) -> None:
    with suppress(ActivityPubError):
        projects.parse(stated(**changes))


@pytest.mark.rule("F-421")
def test_every_term_of_ours_is_defined_under_our_own_prefix_and_explained() -> None:
    assert {"projects", "project", "sections", "position", "medium"} <= set(OWN_TERMS)
    for name, (definition, words) in OWN_TERMS.items():
        iri = definition["@id"] if isinstance(definition, dict) else definition
        assert iri == f"fedicara:{name}"
        assert OWN_CONTEXT[name] == definition
        assert words.endswith(".")


@pytest.mark.rule("F-245")
def test_what_is_said_of_a_project_names_it_as_object_or_as_target() -> None:
    words = {"to": [PUBLIC], "cc": [], "activity_id": "https://art.example/activities/1"}
    added = activities.collecting("Add", ADA, work(7), target=ID, **words)
    assert (added["type"], added["actor"], added["object"], added["target"]) == ("Add", ADA, work(7), ID)
    changed = activities.collecting("Update", ADA, {"id": ID, "type": "OrderedCollection"}, **words)
    assert changed["object"]["id"] == ID
    assert "target" not in changed
