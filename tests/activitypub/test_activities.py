"""The activities that are sent, as their readers need them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from activitypub import activities, actors, addressing, collections, document, works
from activitypub.names import AS, PUBLIC

ADA, BOB = "https://art.example/actors/2", "https://b.example/u/1"
FOLLOWERS = f"{ADA}/followers"
DONE = "https://art.example/activities/5"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PICTURE = works.Attachment(url="https://media.art.example/1.jpg", name="ü" * 1500, position=1, license_url=AS)
NOTE = works.Note(
    id="https://art.example/objects/4",
    attributed_to=ADA,
    name="Heron",
    content="<p>" + "x" * 5000 + "</p>",
    language="en",
    source="x" * 5000,
    published=NOON,
    updated=NOON,
    to=(PUBLIC,),
    cc=(FOLLOWERS,),
    direct=True,
    context="https://art.example/contexts/4",
    tags=(works.Tag("Hashtag", "#heron", "https://art.example/tags/heron"), works.Tag("Emoji", ":x:")),
    license="CC BY",
    license_url="https://creativecommons.org/licenses/by/4.0/",
    terms={"contentUsage": "train-ai=n"},
    attachments=(
        replace(
            PICTURE,
            media_type="image/jpeg",
            width=1,
            height=1,
            blurhash="L",
            size=1,
            digest_multibase="z",
            license="CC BY",
            digital_source_type=AS,
            terms={
                "contentSignal": "search=yes",
                "tdmReservation": 1,
                "tdmPolicy": AS,
                "dataMining": AS,
                "usageInfo": AS,
            },
        ),
    ),
)
FOLLOW = {"@context": AS, "id": "https://b.example/f/9", "type": "Follow", "actor": BOB, "object": ADA}
ACTOR = actors.Actor(
    id=ADA, type="Person", username="ada", inbox=f"{ADA}/inbox", followers=FOLLOWERS, updated=NOON
)


@pytest.mark.rule("F-242")
def test_a_block_and_its_undo_go_to_nobody_but_the_one_blocked() -> None:
    blocking = activities.block(ADA, "https://there.example/eve", DONE)
    assert (blocking["type"], blocking["object"]) == ("Block", "https://there.example/eve")
    assert blocking["to"] == activities.undo(blocking, f"{DONE}/2")["to"] == ["https://there.example/eve"]
    assert "cc" not in blocking


@pytest.mark.rule("F-105", "F-233")
def test_a_create_embeds_the_whole_note_and_repeats_its_audience() -> None:
    note = works.render(NOTE)
    sent = activities.create(note, DONE)
    assert sent["object"] == activities.bare(note)
    assert "@context" not in sent["object"]
    assert sent["@context"] == note["@context"]
    assert (sent["id"], sent["type"], sent["actor"]) == (DONE, "Create", ADA)
    assert (sent["to"], sent["cc"], sent["published"]) == ([PUBLIC], [FOLLOWERS], "2026-11-21T12:00:00Z")


@pytest.mark.rule("F-234")
def test_an_update_of_a_note_goes_to_its_audience() -> None:
    sent = activities.update(works.render(NOTE), DONE)
    assert (sent["type"], sent["actor"], sent["to"], sent["cc"]) == ("Update", ADA, [PUBLIC], [FOLLOWERS])
    assert sent["object"]["updated"] == sent["updated"] == "2026-11-21T12:00:00Z"


@pytest.mark.rule("F-236")
def test_an_update_of_an_actor_carries_the_whole_actor_to_its_followers() -> None:
    sent = activities.update(actors.render(ACTOR), DONE)
    assert (sent["actor"], sent["cc"]) == (ADA, [FOLLOWERS])
    assert sent["object"] == activities.bare(actors.render(ACTOR))
    assert activities.update(actors.render(replace(ACTOR, followers=None)), DONE)["cc"] == []


@pytest.mark.rule("F-235")
def test_a_delete_embeds_a_tombstone_that_tells_the_former_type() -> None:
    sent = activities.delete(
        NOTE.id,
        former_type="Note",
        published=NOON,
        deleted=NOON,
        url="https://art.example/@ada/4",
        actor=ADA,
        to=[PUBLIC],
        cc=[FOLLOWERS],
        activity_id=DONE,
    )
    assert sent == {
        "@context": [AS],
        "id": DONE,
        "type": "Delete",
        "actor": ADA,
        "to": [PUBLIC],
        "cc": [FOLLOWERS],
        "object": {
            "id": NOTE.id,
            "type": "Tombstone",
            "formerType": "Note",
            "published": "2026-11-21T12:00:00Z",
            "deleted": "2026-11-21T12:00:00Z",
            "url": "https://art.example/@ada/4",
        },
    }


@pytest.mark.rule("F-040")
def test_a_tombstone_without_a_past_says_only_what_is_known() -> None:
    stone = activities.tombstone(ADA, "Person", NOON)
    assert set(stone) == {"@context", "id", "type", "formerType", "deleted"}


@pytest.mark.rule("F-230")
def test_a_follow_names_the_followed_as_a_string() -> None:
    sent = activities.follow(ADA, BOB, DONE)
    assert (sent["type"], sent["actor"], sent["object"], sent["to"]) == ("Follow", ADA, BOB, [BOB])


@pytest.mark.rule("F-231")
@pytest.mark.parametrize(("build", "kind"), [(activities.accept, "Accept"), (activities.reject, "Reject")])
def test_the_answer_to_a_follow_embeds_it_with_four_members(build: Any, kind: str) -> None:
    received = FOLLOW | {"actor": {"id": BOB, "name": "Bob"}, "object": {"id": ADA}, "to": [ADA], "odd": 1}
    assert build(ADA, received, DONE) == {
        "@context": [AS],
        "id": DONE,
        "type": kind,
        "actor": ADA,
        "to": [BOB],
        "object": {"id": "https://b.example/f/9", "type": "Follow", "actor": BOB, "object": ADA},
    }


def test_the_answer_to_a_follow_of_nobody_is_addressed_to_nobody() -> None:
    assert activities.reject(ADA, {"type": "Follow"}, DONE)["to"] == []


@pytest.mark.rule("F-232")
def test_an_undo_embeds_what_it_takes_back_and_goes_the_same_way() -> None:
    follow = activities.follow(ADA, BOB, "https://art.example/activities/1")
    sent = activities.undo(follow, DONE)
    assert sent["object"] == {
        "id": "https://art.example/activities/1",
        "type": "Follow",
        "actor": ADA,
        "object": BOB,
    }
    assert sent["to"] == [BOB]
    assert "cc" not in sent


@pytest.mark.rule("F-238", "F-239")
def test_likes_and_boosts_name_the_post_as_a_string() -> None:
    liked = activities.like(ADA, "https://b.example/n/1", BOB, DONE)
    assert (liked["type"], liked["object"], liked["to"]) == ("Like", "https://b.example/n/1", [BOB])
    boosted = activities.announce(ADA, "https://b.example/n/1", BOB, FOLLOWERS, NOON, DONE)
    assert (boosted["type"], boosted["object"]) == ("Announce", "https://b.example/n/1")
    assert (boosted["to"], boosted["cc"]) == ([PUBLIC], [FOLLOWERS, BOB])
    assert boosted["published"] == "2026-11-21T12:00:00Z"
    assert activities.undo(boosted, DONE)["cc"] == [FOLLOWERS, BOB]


@pytest.mark.rule("F-243", "F-247")
def test_a_report_names_the_account_first_and_goes_to_it() -> None:
    said = activities.flag(ADA, [BOB, f"{BOB}/notes/1"], "[ai-made] Not drawn", DONE)
    assert (said["type"], said["object"], said["to"]) == ("Flag", [BOB, f"{BOB}/notes/1"], [BOB])
    assert (said["actor"], said["content"]) == (ADA, "[ai-made] Not drawn")


@pytest.mark.rule("F-237")
def test_who_leaves_deletes_themselves_before_everybody() -> None:
    said = activities.farewell(ADA, DONE)
    assert (said["type"], said["actor"], said["object"], said["to"]) == ("Delete", ADA, ADA, [PUBLIC])


@pytest.mark.rule("F-011")
def test_a_create_nests_at_most_six_deep() -> None:
    def depth(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return 1 + max(map(depth, inner), default=0) if isinstance(value, dict | list) else 0

    assert depth(activities.bare(activities.create(works.render(NOTE), DONE))) <= 6


def big(pictures: int) -> dict[str, Any]:
    return activities.create(works.render(replace(NOTE, attachments=(PICTURE,) * pictures)), DONE)


@pytest.mark.rule("F-012")
def test_an_activity_that_is_too_big_loses_source_then_translation_then_pictures_from_the_end() -> None:
    whole = big(16)
    size = len(document.dumps(whole))
    assert activities.fit(whole, size) == whole
    without_source = activities.fit(whole, size - 1)
    assert "source" not in without_source["object"]
    assert "contentMap" in without_source["object"]
    without_map = activities.fit(whole, len(document.dumps(without_source)) - 1)
    assert "contentMap" not in without_map["object"]
    assert len(without_map["object"]["attachment"]) == 16
    fewer = activities.fit(whole, len(document.dumps(without_map)) - 1)
    assert len(fewer["object"]["attachment"]) == 15
    assert len(activities.fit(whole, 10)["object"]["attachment"]) == 4
    assert whole["object"]["source"]
    assert len(document.dumps(activities.fit(big(16)))) <= 60 * 1024


def test_an_activity_without_an_embedded_object_is_sent_as_it_is() -> None:
    liked = activities.like(ADA, "https://b.example/n/1", BOB, DONE)
    assert activities.fit(liked, 1) == liked


def terms(value: Any) -> set[str]:
    """Return every term used anywhere in a document, but not the languages of its translations."""
    if isinstance(value, list):
        return set().union(*map(terms, value))
    if not isinstance(value, dict):
        return {value} if value in ("Hashtag", "Emoji", "PropertyValue", "Multikey") else set()
    inner = (terms(entry) for name, entry in value.items() if name not in ("@context", "contentMap"))
    return (set(value) | set().union(*inner)) - {"@context"}


CORE = {
    "id", "type", "actor", "object", "to", "cc", "published", "updated", "name", "summary", "content", "contentMap",
    "source", "mediaType", "url", "href", "width", "height", "attachment", "tag", "attributedTo", "inReplyTo",
    "context", "inbox", "outbox", "followers", "following", "endpoints", "sharedInbox", "preferredUsername", "icon",
    "image", "generator", "totalItems", "first", "next", "prev", "partOf", "orderedItems", "items", "formerType",
    "deleted",
}  # fmt: skip
SECURITY = {"publicKey", "owner", "publicKeyPem"}


@pytest.mark.rule("F-007")
def test_each_context_defines_every_term_its_documents_use() -> None:
    whole = replace(
        ACTOR,
        url=ADA,
        icon=actors.Image(AS, "image/png", "x"),
        fields=(actors.Field("a", "b"),),
        keys=(actors.Key(f"{ADA}#a", ADA, "pem"), actors.Key(f"{ADA}#b", ADA, "z6Mk")),
        also_known_as=(BOB,),
        moved_to=BOB,
        webfinger="ada@art.example",
        generator=AS,
        implements={AS: "x"},
        shared_inbox=AS,
        terms={
            "contentUsage": "x",
            "contentSignal": "x",
            "tdmReservation": 1,
            "tdmPolicy": AS,
            "dataMining": AS,
        },
    )
    stone = activities.tombstone(ADA, "Note", NOON, NOON, ADA)
    note = works.render(NOTE)
    create = activities.create(note, DONE)
    for stated in (
        actors.render(whole),
        actors.render(replace(whole, suspended=True)),
        activities.update(actors.render(whole), DONE),
        note,
        create,
        collections.page(AS, AS, [create]),
        collections.root(AS, 1, AS, ADA),
        activities.accept(ADA, FOLLOW, DONE),
        stone,
    ):
        defined = set(stated["@context"][-1]) if isinstance(stated["@context"][-1], dict) else set()
        security = SECURITY if "https://w3id.org/security/v1" in stated["@context"] else set()
        used = {term.partition(":")[0] for term in terms(stated)}
        assert used <= CORE | security | defined


@pytest.mark.rule("F-007")
def test_every_prefix_in_a_context_is_defined_beside_it() -> None:
    for context in (works.render(NOTE)["@context"], actors.render(ACTOR)["@context"]):
        defined = context[-1]
        for meaning in defined.values():
            iri = meaning if isinstance(meaning, str) else meaning["@id"]
            assert iri.startswith("http") or iri.partition(":")[0] in defined.keys() | {"as"}


FOLLOWED_BY = "https://a.example/1/followers"


@pytest.mark.rule("F-100", "F-101", "F-102", "F-103", "F-104")
@pytest.mark.parametrize(
    ("visibility", "to", "cc"),
    [
        ("public", [PUBLIC], [FOLLOWED_BY, BOB]),
        ("unlisted", [FOLLOWED_BY], [PUBLIC, BOB]),
        ("followers", [FOLLOWED_BY], [BOB]),
        ("direct", [BOB], []),
        ("local", [], []),
    ],
)
def test_each_visibility_has_its_addresses(visibility: str, to: list[str], cc: list[str]) -> None:
    chosen = addressing.Visibility(visibility)
    assert addressing.audience(chosen, FOLLOWED_BY, [BOB, BOB]) == (to, cc)


@pytest.mark.rule("F-106", "F-107")
def test_the_class_of_a_received_post_follows_from_its_addresses() -> None:
    for visibility in ("public", "unlisted", "followers", "direct"):
        to, cc = addressing.audience(addressing.Visibility(visibility), FOLLOWED_BY, [BOB])
        assert addressing.visibility_of(to, cc, FOLLOWED_BY) == visibility
    assert addressing.visibility_of([], [FOLLOWED_BY], FOLLOWED_BY) == "followers"
    assert addressing.visibility_of([FOLLOWED_BY], [], "https://other.example/followers") == "direct"
    assert addressing.visibility_of([FOLLOWED_BY], [], None) == "direct"


@pytest.mark.rule("F-009")
@pytest.mark.threat("ORI-23")
def test_public_is_known_in_three_spellings() -> None:
    for spelling in ("as:Public", "Public", PUBLIC):
        assert addressing.is_public(spelling)
        assert addressing.visibility_of([spelling], [], None) == "public"
        assert addressing.visibility_of([], [spelling], None) == "unlisted"
    assert not addressing.is_public("https://a.example/Public")


@pytest.mark.rule("F-107")
def test_of_two_classes_the_narrower_counts() -> None:
    kinds = addressing.Visibility
    assert addressing.narrower(kinds.PUBLIC, kinds.FOLLOWERS) is kinds.FOLLOWERS
    assert addressing.narrower(kinds.DIRECT, kinds.UNLISTED) is kinds.DIRECT


@pytest.mark.rule("F-240", "F-241")
def test_a_move_and_a_pin_name_their_target_by_its_id_for_the_followers() -> None:
    ada, fans = "https://art.example/actors/1", "https://art.example/actors/1/followers"
    moved = activities.move(ada, "https://new.example/u/ada", fans, "https://art.example/activities/2")
    assert (moved["actor"], moved["object"], moved["target"]) == (ada, ada, "https://new.example/u/ada")
    for build, kind in ((activities.add, "Add"), (activities.remove, "Remove")):
        said = build(
            ada, "https://art.example/objects/3", f"{ada}/featured", fans, "https://art.example/activities/4"
        )
        assert (said["type"], said["target"]) == (kind, f"{ada}/featured")
        assert said["to"] == moved["to"] == [fans]
