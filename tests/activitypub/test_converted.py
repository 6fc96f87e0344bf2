"""Posts of other kinds, read as what a Note can show."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub.converted import CONVERTED, MAX_OPTIONS, POST_TYPES, is_vote, read
from activitypub.errors import MalformedDocument

HERE = "https://there.example"
PERSON = f"{HERE}/users/lea"


def post(kind: str, **more: Any) -> dict[str, Any]:
    base = {"id": f"{HERE}/p/1", "type": kind, "attributedTo": PERSON, "name": "Low tide"}
    return {**base, **more}


@pytest.mark.rule("F-078")
@pytest.mark.parametrize("kind", [kind for kind in CONVERTED if kind != "Question"])
def test_every_other_kind_becomes_a_post_with_title_summary_link_and_preview(kind: str) -> None:
    picture = {"type": "Image", "url": f"{HERE}/a.png", "name": "Mud flats"}
    own = {"url": f"{HERE}/a.png"} if kind == "Image" else {"url": f"{HERE}/page", "image": picture}
    note = read(post(kind, summary="What the sea leaves", content="<p>A long text</p>", **own))
    assert note.name == "Low tide"
    assert note.content.startswith("<p>What the sea leaves</p><p><a href=")
    assert note.summary == ""
    assert [entry.url for entry in note.attachments] == [f"{HERE}/a.png"]


@pytest.mark.rule("F-078")
def test_without_a_summary_the_whole_text_is_shown_and_without_a_page_the_id_is_the_link() -> None:
    note = read(post("Article", content="<p>Whole</p>"))
    assert note.content == f'<p>Whole</p><p><a href="{HERE}/p/1">{HERE}/p/1</a></p>'
    assert read(post("Article", content="a < b", mediaType="text/plain")).content.startswith(
        "<p>a &lt; b</p>"
    )
    assert read(post("Article")).content.startswith("<p><a ")


@pytest.mark.rule("F-078")
def test_a_post_without_an_id_is_malformed() -> None:
    with pytest.raises(MalformedDocument):
        read(post("Page", id=None))


@pytest.mark.rule("F-078", "F-406")
def test_a_video_links_its_page_shows_its_widest_preview_and_belongs_to_the_first_person() -> None:
    video = post(
        "Video",
        attributedTo=[{"type": "Group", "id": f"{HERE}/c/sea"}, {"type": "Person", "id": PERSON}],
        url=[
            {"type": "Link", "mediaType": "application/x-mpegURL", "href": f"{HERE}/v.m3u8"},
            "odd",
            {"type": "Link", "mediaType": "text/html", "href": f"{HERE}/w/1"},
        ],
        icon=[
            {"type": "Image", "url": f"{HERE}/small.jpg", "width": 280},
            {"type": "Image", "url": f"{HERE}/large.jpg", "width": 850},
            {"type": "Image", "url": f"{HERE}/odd.jpg", "width": "9999"},
            f"{HERE}/bare.jpg",
        ],
        mediaType="text/markdown",
        content="**Waves**",
    )
    note = read(video)
    assert (note.attributed_to, note.url) == (PERSON, f"{HERE}/w/1")
    assert [entry.url for entry in note.attachments] == [f"{HERE}/large.jpg"]
    assert note.content.startswith("<p>**Waves**</p>")


@pytest.mark.rule("F-078")
def test_attached_pictures_come_before_the_preview_and_other_attachments_are_left_out() -> None:
    page = post(
        "Page",
        image=f"{HERE}/preview.png",
        attachment=[
            {"type": "Link", "href": f"{HERE}/elsewhere"},
            {"type": "Document", "mediaType": "video/mp4", "url": f"{HERE}/film.mp4"},
            "odd",
        ],
    )
    assert [entry.url for entry in read(page).attachments] == [f"{HERE}/preview.png"]
    page["attachment"].append({"type": "Document", "mediaType": "image/png", "url": f"{HERE}/own.png"})
    assert [entry.url for entry in read(page).attachments] == [f"{HERE}/own.png"]


@pytest.mark.rule("F-078")
def test_a_poll_is_shown_with_its_options_and_results() -> None:
    options = [
        {"type": "Note", "name": "Ink & wash", "replies": {"type": "Collection", "totalItems": 3}},
        {"type": "Note", "name": "<b>Oil</b>", "replies": {"totalItems": -1}},
        {"type": "Note", "name": "Chalk"},
        "odd",
    ]
    note = read(post("Question", content="<p>What next?</p>", oneOf=options))
    assert note.content == (
        "<p>What next?</p><ul><li>Ink &amp; wash: 3</li><li>&lt;b&gt;Oil&lt;/b&gt;</li><li>Chalk</li></ul>"
    )
    assert read(post("Question", content="<p>Nothing to choose</p>")).content == "<p>Nothing to choose</p>"


@pytest.mark.threat("DOS-04")
def test_a_poll_has_at_most_five_hundred_options() -> None:
    note = read(post("Question", anyOf=[{"name": str(number)} for number in range(10_000)]))
    assert note.content.count("<li>") == MAX_OPTIONS


@pytest.mark.rule("F-079")
def test_a_name_as_a_reply_without_text_is_a_vote() -> None:
    vote = post("Note", inReplyTo=f"{HERE}/polls/1")
    assert is_vote(read(vote))
    assert not is_vote(read(vote | {"content": "<p>Oil, since it dries slowly</p>"}))
    assert not is_vote(read(vote | {"inReplyTo": None}))
    assert not is_vote(read(vote | {"attachment": [{"type": "Image", "url": f"{HERE}/a.png"}]}))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(f"{HERE}/x"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "type",
                    "url",
                    "href",
                    "name",
                    "width",
                    "mediaType",
                    "replies",
                    "totalItems",
                    "summary",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
TERMS = (
    *("attributedTo", "url", "name", "summary", "content", "contentMap", "mediaType", "attachment", "image"),
    *("icon", "preview", "oneOf", "anyOf", "inReplyTo", "tag", "published", "updated", "to", "cc", "source"),
)


@pytest.mark.threat("ORI-22")
@given(st.sampled_from([*POST_TYPES, "Odd"]), st.dictionaries(st.sampled_from(TERMS), ODD, max_size=8))
def test_whatever_a_post_holds_it_is_read_or_malformed(kind: str, terms: dict[str, Any]) -> None:
    try:
        note = read(post(kind) | terms)
    except MalformedDocument:
        return
    assert len(note.content) <= 200_000
    assert len(note.attachments) <= 16
