"""Actors between documents and values."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import actors, document
from activitypub.errors import ActivityPubError, MalformedDocument
from activitypub.keys import Key
from activitypub.names import POLICY_TERMS

ID = "https://art.example/actors/117320884551843840"
PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
MULTIBASE = "z6Mkg9pnxoyM6d1Bf3eZv2Hnh493wfCN2ArPN8fGWXZMBYuk"
TERMS = {
    "contentUsage": "train-ai=n, search=y",
    "contentSignal": "search=yes, ai-input=no, ai-train=no",
    "tdmReservation": 1,
    "tdmPolicy": "https://art.example/policies/tdm.json",
    "dataMining": "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
    "usageInfo": "https://art.example/ai-policy",
}

ADA = actors.Actor(
    id=ID,
    type="Person",
    username="ada",
    inbox=f"{ID}/inbox",
    outbox=f"{ID}/outbox",
    followers=f"{ID}/followers",
    following=f"{ID}/following",
    featured=f"{ID}/featured",
    shared_inbox="https://art.example/inbox",
    url="https://art.example/@ada",
    name="Ada Example",
    summary="<p>Ink, gouache, pixels. Lisbon.</p>",
    icon=actors.Image("https://media.art.example/a/1.jpg", "image/jpeg", "A heron"),
    image=actors.Image("https://media.art.example/a/2.jpg", "image/jpeg", "Swatches"),
    fields=(actors.Field("Site", '<a href="https://ada.example/" rel="me">ada.example</a>'),),
    keys=(Key(f"{ID}#main-key", ID, PEM), Key(f"{ID}#ed25519-key", ID, MULTIBASE)),
    manually_approves_followers=True,
    discoverable=True,
    indexable=True,
    also_known_as=("https://mastodon.example/users/ada",),
    moved_to="https://new.example/actors/1",
    published=datetime(2026, 11, 1, tzinfo=UTC),
    updated=datetime(2026, 11, 20, 9, 12, 44, tzinfo=UTC),
    webfinger="ada@art.example",
    generator="https://art.example/actor",
    terms=TERMS,
)
BARE = actors.Actor(id=ID, type="Person", username="ada", inbox=f"{ID}/inbox")

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just(ID),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "url", "name"]), inner)
    ),
    max_leaves=8,
)


@pytest.mark.rule("F-020", "F-026", "F-027", "F-028", "F-034", "F-037", "F-039")
def test_an_actor_survives_the_way_to_another_server() -> None:
    assert actors.parse(document.loads(document.dumps(actors.render(ADA)))) == ADA


@pytest.mark.rule("F-008", "F-025", "F-031", "F-033")
def test_keys_and_lists_have_the_shapes_that_readers_expect() -> None:
    stated = actors.render(ADA)
    assert stated["publicKey"] == {"id": f"{ID}#main-key", "owner": ID, "publicKeyPem": PEM}
    assert stated["assertionMethod"] == [
        {"id": f"{ID}#ed25519-key", "type": "Multikey", "controller": ID, "publicKeyMultibase": MULTIBASE}
    ]
    assert stated["alsoKnownAs"] == ["https://mastodon.example/users/ada"]
    assert stated["attachment"][0]["type"] == "PropertyValue"
    assert stated["tag"] == []
    assert {name: stated[name] for name in POLICY_TERMS} == TERMS


@pytest.mark.rule("F-010", "F-022", "F-024", "F-030", "F-032")
def test_a_plain_actor_has_no_null_member_and_no_empty_name() -> None:
    stated = actors.render(BARE)
    assert None not in stated.values()
    assert stated["name"] == "ada"
    assert stated["summary"] == "<p></p>"
    for name in ("manuallyApprovesFollowers", "discoverable", "indexable", "requireSigninToViewContents"):
        assert stated[name] is False
    for name in ("icon", "image", "endpoints", "alsoKnownAs", "movedTo", "publicKey", "assertionMethod"):
        assert name not in stated
    assert actors.parse(stated) == replace(BARE, name="ada", summary="<p></p>")


@pytest.mark.rule("F-032")
def test_an_account_for_signed_in_people_says_so_in_three_dialects() -> None:
    stated = actors.render(replace(ADA, signin_only=True))
    for name in (
        "hidesToPublicFromUnauthedWeb",
        "hidesCcPublicFromUnauthedWeb",
        "requireSigninToViewContents",
    ):
        assert stated[name] is True
        assert actors.parse(actors.render(BARE) | {name: True}).signin_only


@pytest.mark.rule("F-040")
def test_a_suspended_actor_keeps_its_keys_and_says_nothing_personal() -> None:
    stated = actors.render(replace(ADA, suspended=True))
    assert set(stated) == {"@context", "id", "type", "inbox", "publicKey", "assertionMethod", "suspended"}
    assert stated["suspended"] is True
    assert actors.parse(stated).suspended


@pytest.mark.rule("F-301")
def test_the_envelope_holds_keys_addresses_and_policy_and_nothing_personal() -> None:
    assert set(actors.envelope(actors.render(ADA))) == {
        "@context", "id", "type", "preferredUsername", "webfinger", "url", "inbox", "outbox", "followers",
        "following", "endpoints", "publicKey", "assertionMethod", "manuallyApprovesFollowers", "generator",
        *POLICY_TERMS,
    }  # fmt: skip


@pytest.mark.rule("F-014", "F-020")
@pytest.mark.threat("ORI-22")
@pytest.mark.parametrize(
    "changed",
    [
        {"id": None},
        {"id": 5},
        {"type": "Robot"},
        {"type": ["Robot", 3]},
        {"inbox": None},
        {"inbox": ["x"]},
        {"inbox": "https://other.example/inbox"},
    ],
)
def test_an_actor_without_id_type_or_inbox_of_its_own_is_malformed(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument):
        actors.parse(actors.render(ADA) | changed)


def test_addresses_on_another_origin_are_left_out() -> None:
    foreign = "https://other.example/followers"
    stated = actors.render(ADA) | {
        "followers": foreign,
        "following": foreign,
        "outbox": foreign,
        "endpoints": {"sharedInbox": foreign},
    }
    read = actors.parse(stated)
    assert (read.followers, read.following, read.outbox, read.shared_inbox) == (None, None, None, None)


@pytest.mark.rule("F-317")
@pytest.mark.threat("SIG-11")
def test_only_keys_of_the_actor_itself_are_read() -> None:
    own = {"id": f"{ID}#main-key", "owner": ID, "publicKeyPem": PEM}
    multikey = {"id": f"{ID}#k", "type": "Multikey", "controller": ID, "publicKeyMultibase": MULTIBASE}
    stated = actors.render(ADA) | {
        "publicKey": [
            own,
            own | {"owner": "https://good.example/actors/1"},
            own | {"id": "https://evil.example/1#main-key"},
            own | {"publicKeyPem": 7},
            own | {"publicKeyPem": ""},
            own | {"publicKeyPem": "x" * 20_000},
            {"id": f"{ID}#second", "publicKeyPem": PEM},
            "https://art.example/key",
        ],
        "assertionMethod": [
            multikey,
            multikey | {"type": "JsonWebKey"},
            multikey | {"publicKeyMultibase": "z4MXj1wBzi9jUstyP"},
            multikey | {"controller": "https://good.example/actors/1"},
            "https://art.example/key",
        ],
    }
    assert actors.parse(stated).keys == (
        Key(f"{ID}#main-key", ID, PEM),
        Key(f"{ID}#second", ID, PEM),
        Key(f"{ID}#k", ID, MULTIBASE),
    )


@pytest.mark.threat("DISC-06")
@pytest.mark.parametrize("name", ["a@b", "a/b", "a b", "ü", "\u202eada", "x" * 300, "", "._-", 7, None])
def test_a_name_that_cannot_stand_in_a_handle_counts_as_none(name: Any) -> None:
    assert actors.parse(actors.render(ADA) | {"preferredUsername": name}).username == ""


def test_names_of_other_software_are_kept() -> None:
    for name in ("Ada", "ada.lovelace", "ada-l_", "art.example"):
        assert actors.parse(actors.render(ADA) | {"preferredUsername": name}).username == name


def test_pictures_and_fields_are_read_from_their_many_shapes() -> None:
    stated = actors.render(ADA) | {
        "icon": [{"type": "Image", "url": 5}, {"url": [{"type": "Link", "href": "https://a.example/i.png"}]}],
        "image": "https://a.example/h.png",
        "attachment": [{"type": "PropertyValue", "name": f"{n}", "value": "v"} for n in range(60)] + ["odd"],
    }
    read = actors.parse(stated)
    assert read.icon == actors.Image("https://a.example/i.png")
    assert read.image == actors.Image("https://a.example/h.png")
    assert len(read.fields) == 50
    odd = actors.parse(actors.render(ADA) | {"icon": [5, {}], "endpoints": "odd"})
    assert odd.icon is None
    assert odd.shared_inbox is None


@pytest.mark.threat("DOS-04")
def test_of_very_many_keys_and_aliases_some_are_kept() -> None:
    owner = {"owner": ADA.id, "controller": ADA.id}
    stated = actors.render(ADA) | {
        "publicKey": [{"id": f"{ADA.id}#rsa{n}", "publicKeyPem": "x", **owner} for n in range(10_000)],
        "assertionMethod": [
            {"id": f"{ADA.id}#ed{n}", "type": "Multikey", "publicKeyMultibase": "z6Mkx", **owner}
            for n in range(10_000)
        ],
        "alsoKnownAs": [f"https://there.example/{n}" for n in range(500)],
    }
    read = actors.parse(stated)
    assert len(read.keys) == 10
    assert len(read.also_known_as) == 100


@pytest.mark.rule("F-015")
def test_policy_terms_are_read_as_stated_but_bounded() -> None:
    odd = {
        "contentUsage": ["x"],
        "contentSignal": "x" * 1025,
        "tdmReservation": 2**70,
        "usageInfo": "any words",
    }
    unreadable = dict.fromkeys(("contentUsage", "contentSignal", "tdmReservation"))
    assert actors.parse(actors.render(BARE) | odd).terms == {"usageInfo": "any words", **unreadable}


@given(st.dictionaries(st.sampled_from(sorted(actors.render(ADA))), json_values))
def test_whatever_an_actor_states_only_our_own_error_comes_out(changed: dict[str, Any]) -> None:
    try:
        actors.render(actors.parse(actors.render(ADA) | changed))
    except ActivityPubError:
        assert {"id", "type", "inbox"} & set(changed)


@pytest.mark.rule("F-035")
def test_what_is_understood_stands_on_the_instance_and_in_the_generator_of_everybody_else() -> None:
    links = [{"type": "Link", "href": "https://spec.example/1", "name": "One"}]
    stated = {"https://spec.example/1": "One"}
    person = actors.render(replace(ADA, generator="https://art.example/actor", implements=stated))
    assert person["generator"] == {
        "type": "Application",
        "id": "https://art.example/actor",
        "implements": links,
    }
    assert "implements" not in person
    instance = actors.render(replace(ADA, generator=None, implements=stated))
    assert instance["implements"] == links
    assert "generator" not in instance
    bare = actors.render(replace(ADA, implements={}))
    assert bare["generator"] == {"type": "Application", "id": "https://art.example/actor"}


@pytest.mark.rule("F-035")
def test_what_a_server_understands_is_read_from_the_generator_or_from_the_server_itself() -> None:
    links = [{"type": "Link", "href": "https://spec.example/a", "name": "A"}, "https://spec.example/b", 7]
    person = actors.parse(actors.render(ADA) | {"generator": {"id": ADA.id, "implements": links}})
    assert person.implements == {"https://spec.example/a": "A", "https://spec.example/b": ""}
    itself = actors.parse({**actors.render(ADA), "generator": ADA.id, "implements": links[:1]})
    assert itself.implements == {"https://spec.example/a": "A"}
    many = [f"https://spec.example/{number}" for number in range(99)]
    assert len(actors.parse(actors.render(ADA) | {"generator": {"implements": many}}).implements) == 50


@pytest.mark.rule("F-038")
def test_payment_links_are_absent_and_a_received_one_is_no_line_of_the_profile() -> None:
    link = {"type": "Link", "name": "Tip", "rel": ["payment"], "href": "https://pay.example/ada"}
    assert not any(entry["type"] == "Link" for entry in actors.render(ADA)["attachment"])
    assert actors.parse(actors.render(ADA) | {"attachment": [link]}).fields == ()
