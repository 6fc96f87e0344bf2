"""Notes and their pictures between documents and values."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import document, works
from activitypub.errors import ActivityPubError, MalformedDocument
from activitypub.interactions import Rule
from activitypub.keys import base58_decode
from activitypub.names import POLICY_TERMS, PUBLIC

ADA = "https://art.example/actors/117320884551843840"
ID = "https://art.example/objects/117569911223448064"
TERMS = {
    "contentUsage": "train-ai=n, search=y",
    "tdmReservation": 1,
    "usageInfo": "https://art.example/ai-policy",
}
HERON = works.Attachment(
    url="https://media.art.example/l/7c1e.jpg",
    media_type="image/jpeg",
    name="A heron on one leg at dusk, water the colour of slate.",
    width=2400,
    height=1600,
    blurhash="LLGH45Oj0ZEX.zJe-,Su=@anEnko",
    focal_point=(0.12, -0.31),
    size=1184220,
    digest_multibase=works.digest_multibase(hashlib.sha256(b"heron").digest()),
    position=1,
    license="CC BY-NC-ND",
    license_url="https://creativecommons.org/licenses/by-nc-nd/4.0/",
    digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation",
    terms=TERMS,
)
NOTE = works.Note(
    id=ID,
    attributed_to=ADA,
    url="https://art.example/@ada/117569911223448064",
    name="Heron, evening",
    content='<p><strong class="p-name">Heron, evening</strong></p>',
    summary="A bird with its prey",
    sensitive=True,
    language="en",
    source="Five sheets from the river week. #gouache",
    published=datetime(2026, 11, 21, 18, 3, 22, tzinfo=UTC),
    updated=datetime(2026, 11, 21, 18, 40, 5, tzinfo=UTC),
    to=(PUBLIC,),
    cc=(f"{ADA}/followers",),
    tags=(
        works.Tag("Hashtag", "#gouache", "https://art.example/tags/gouache"),
        works.Tag("Mention", "@bob@b.example", "https://b.example/u/bob"),
        works.Tag("Emoji", ":heron:"),
    ),
    attachments=(HERON,),
    context="https://art.example/contexts/117569911223448064",
    license="CC BY-NC-ND",
    license_url="https://creativecommons.org/licenses/by-nc-nd/4.0/",
    interactions={"canQuote": Rule((ADA,))},
    medium=("gouache", "ink"),
    terms=TERMS,
)
PLAIN = works.Note(id=ID, attributed_to=ADA)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just(ID),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "url", "name", "href", "content", "en"]), inner)
    ),
    max_leaves=8,
)


@pytest.mark.rule(
    "F-050", "F-056", "F-057", "F-060", "F-061", "F-065", "F-066", "F-067", "F-068", "F-072", "F-073", "F-074"
)
def test_a_note_survives_the_way_to_another_server() -> None:
    assert works.parse(document.loads(document.dumps(works.render(NOTE)))) == NOTE


@pytest.mark.rule("F-008", "F-010")
def test_a_plain_note_has_lists_and_no_null_member() -> None:
    stated = works.render(PLAIN)
    assert None not in stated.values()
    assert stated["to"] == stated["cc"] == stated["tag"] == stated["attachment"] == []
    assert stated["sensitive"] is False
    assert works.parse(stated) == PLAIN


@pytest.mark.rule("F-051", "F-055", "F-058")
def test_a_picture_says_type_and_focal_point_and_no_empty_alt_text() -> None:
    stated = works.render(replace(PLAIN, attachments=(works.Attachment(url="https://a.example/x.png"),)))
    (picture,) = stated["attachment"]
    assert picture["type"] == "Image"
    assert picture["focalPoint"] == [0.0, 0.0]
    assert "name" not in picture
    assert None not in picture.values()


@pytest.mark.rule("F-052", "F-062")
def test_leads_come_first_on_the_wire_and_readers_restore_the_order_of_the_artist() -> None:
    ordered = [replace(HERON, url=f"https://a.example/{n}.jpg", position=n) for n in (3, 1, 2)]
    stated = works.render(replace(NOTE, attachments=tuple(ordered)))
    assert [entry["position"] for entry in stated["attachment"]] == [3, 1, 2]
    assert [entry.position for entry in works.parse(stated).attachments] == [1, 2, 3]
    del stated["attachment"][1]["position"]
    assert [entry.position for entry in works.parse(stated).attachments] == [3, None, 2]


@pytest.mark.rule("F-059")
def test_a_digest_is_a_base58_multihash() -> None:
    digest = hashlib.sha256(b"picture").digest()
    stated = works.digest_multibase(digest)
    assert stated.startswith("zQm")
    assert base58_decode(stated[1:]) == b"\x12\x20" + digest


@pytest.mark.rule("F-063")
def test_a_reply_never_carries_a_name() -> None:
    reply = works.render(replace(NOTE, in_reply_to="https://b.example/notes/1"))
    assert "name" not in reply
    assert reply["inReplyTo"] == "https://b.example/notes/1"
    assert works.render(NOTE)["name"] == "Heron, evening"


@pytest.mark.rule("F-064", "F-069")
def test_language_and_thread_are_stated_in_the_known_places() -> None:
    stated = works.render(NOTE)
    assert stated["contentMap"] == {"en": NOTE.content}
    assert "language" not in stated
    assert stated["context"] == stated["conversation"] == NOTE.context
    assert "contentMap" not in works.render(PLAIN)


@pytest.mark.rule("F-103")
def test_a_direct_message_says_so() -> None:
    assert works.render(replace(NOTE, direct=True))["directMessage"] is True
    assert "directMessage" not in works.render(NOTE)


@pytest.mark.rule("F-071", "F-250")
def test_until_quotes_are_built_only_the_author_may_quote() -> None:
    assert works.render(NOTE)["interactionPolicy"] == {"canQuote": {"automaticApproval": [ADA]}}


@pytest.mark.rule("F-014")
@pytest.mark.threat("ORI-22")
@pytest.mark.parametrize(
    "changed",
    [
        {"id": 1},
        {"type": "Recipe"},
        {"type": None},
        {"attributedTo": None},
        {"attributedTo": [{"type": "Person"}]},
    ],
)
def test_a_note_without_id_type_or_author_is_malformed(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument):
        works.parse(works.render(NOTE) | changed)


@pytest.mark.rule("F-009", "F-014")
def test_notes_of_other_software_are_read_from_their_many_shapes() -> None:
    read = works.parse(
        {
            "id": ID,
            "type": ["Note", "Odd"],
            "attributedTo": [{"type": "Person", "id": ADA}, "https://art.example/groups/1"],
            "to": "as:Public",
            "cc": [{"id": f"{ADA}/followers"}],
            "contentMap": {"pt": "<p>Olá</p>"},
            "inReplyTo": [{"id": "https://b.example/notes/1"}],
            "conversation": "tag:b.example,2026:thread",
            "source": "odd",
            "tag": [{"type": "Hashtag", "name": "#x"}, {"type": "Hashtag"}, {"type": "Link", "name": "y"}, 7],
        }
    )
    assert read.attributed_to == ADA
    assert (read.to, read.cc) == ((PUBLIC,), (f"{ADA}/followers",))
    assert (read.content, read.language) == ("<p>Olá</p>", "pt")
    assert read.in_reply_to == "https://b.example/notes/1"
    assert read.context == "tag:b.example,2026:thread"
    assert read.tags == (works.Tag("Hashtag", "#x"),)
    assert read.source is None


@pytest.mark.rule("F-254")
@pytest.mark.parametrize("name", ["quote", "quoteUrl", "quoteUri", "_misskey_quote"])
def test_a_quote_is_read_whatever_it_is_called(name: str) -> None:
    stated = {"id": ID, "type": "Note", "attributedTo": ADA, name: "https://b.example/notes/1"}
    assert works.parse(stated).quote == "https://b.example/notes/1"
    assert works.parse(stated | {name: 7}).quote is None


@pytest.mark.rule("F-055", "F-077")
def test_received_pictures_are_the_known_types_with_an_address_at_most_sixteen() -> None:
    link = {"type": "Link", "href": "https://a.example/v.mp4", "mediaType": "video/MP4"}
    stated = [
        {
            "type": "Document",
            "url": "https://a.example/1.jpg",
            "mediaType": "image/jpeg",
            "summary": "s",
            "name": "n",
        },
        {"type": "Video", "url": [link]},
        {"type": "Audio", "href": "https://a.example/3.mp3"},
        {"type": "Image", "url": "javascript:alert(1)"},
        {"type": "Link", "href": "https://a.example/card"},
        "https://a.example/5.jpg",
    ]
    read = works.parse(works.render(PLAIN) | {"attachment": stated}).attachments
    assert [(entry.url[-5:], entry.media_type, entry.name) for entry in read] == [
        ("1.jpg", "image/jpeg", "s"),
        ("v.mp4", "video/mp4", ""),
        ("3.mp3", "", ""),
    ]
    many = [{"type": "Image", "url": f"https://a.example/{n}.jpg"} for n in range(20)]
    assert len(works.parse(works.render(PLAIN) | {"attachment": many}).attachments) == 16


@pytest.mark.threat("ORI-22")
def test_numbers_that_make_no_sense_count_as_absent() -> None:
    odd = {
        "type": "Image",
        "url": "https://a.example/1.jpg",
        "width": -3,
        "height": True,
        "size": 1e9,
        "position": "1",
        "focalPoint": [0.5, 7],
    }
    (read,) = works.parse(works.render(PLAIN) | {"attachment": odd}).attachments
    assert (read.width, read.height, read.size, read.position) == (None, None, None, None)
    assert read.focal_point == (0.0, 0.0)


def test_of_several_languages_the_one_of_the_content_counts() -> None:
    stated = works.render(PLAIN) | {"content": "Hello", "contentMap": {"pt": "Olá", "en": "Hello"}}
    assert works.parse(stated).language == "en"
    assert works.parse(stated | {"content": "Hallo"}).language == "pt"
    assert works.parse(stated | {"contentMap": ["en"]}).language is None


def test_a_name_from_elsewhere_is_cut() -> None:
    assert len(works.parse(works.render(NOTE) | {"name": "x" * 5000}).name) == 1024


@given(
    st.dictionaries(st.sampled_from(sorted(works.render(NOTE))), json_values),
    st.dictionaries(st.sampled_from(sorted(works.render(NOTE)["attachment"][0])), json_values),
)
def test_whatever_a_note_states_only_our_own_error_comes_out(
    note: dict[str, Any], picture: dict[str, Any]
) -> None:
    stated = works.render(NOTE)
    try:
        works.render(works.parse(stated | {"attachment": [stated["attachment"][0] | picture]} | note))
    except ActivityPubError:
        assert {"id", "type", "attributedTo"} & set(note)


def test_policy_terms_stand_on_the_note_and_on_each_picture() -> None:
    every = dict.fromkeys(POLICY_TERMS, "x")
    stated = works.render(replace(NOTE, terms=every, attachments=(replace(HERON, terms=every),)))
    assert every.items() <= stated.items()
    assert every.items() <= stated["attachment"][0].items()


@pytest.mark.rule("F-070")
def test_our_own_note_names_its_replies_and_counts_its_likes_and_boosts() -> None:
    document = works.render(replace(NOTE, counts=works.Counts(likes=3, shares=1)))
    assert document["replies"] == f"{NOTE.id}/replies"
    assert document["likes"] == {"id": f"{NOTE.id}/likes", "type": "Collection", "totalItems": 3}
    assert document["shares"] == {"id": f"{NOTE.id}/shares", "type": "Collection", "totalItems": 1}
    assert not {"replies", "likes", "shares"} & set(works.render(replace(NOTE, counts=None)))
