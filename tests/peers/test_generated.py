"""Generated documents, headers and signatures against the whole way in: refused or dropped, never a fault, never a flood."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from activitypub import actors, converted, works
from activitypub.document import loads
from activitypub.errors import ActivityPubError
from fedicara.federation.heard import drops
from tests.fediverse import Fediverse, drawing
from tests.stranger import Document, Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
SQLITE_ALONE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

T = TypeVar("T")
HOST = "https://elsewhere.example"
KINDS = (
    *("Create", "Update", "Delete", "Follow", "Accept", "Reject", "Undo", "Like", "EmojiReact"),
    *("Announce", "Move", "Block", "Flag", "Add", "Remove", "Question", "View"),
)
OBJECTS = (*converted.POST_TYPES, "Person", "Group", "Tombstone", "Collection", "Story", *KINDS)
TERMS = (
    *("id", "@id", "type", "@type", "actor", "object", "target", "to", "cc", "attributedTo", "inReplyTo"),
    *("content", "contentMap", "name", "summary", "url", "href", "tag", "attachment", "image", "icon"),
    *("published", "updated", "oneOf", "anyOf", "replies", "source", "sensitive", "as:sensitive", "context"),
    *("publicKey", "alsoKnownAs", "movedTo", "inbox", "first", "next", "items", "_misskey_reaction"),
)
ADDRESSES = (
    *(f"{HOST}/users/mallory", f"{HOST}/notes/1", f"{HOST}/never", "https://nobody.example/1"),
    *("https://art.example/actor", "https://art.example/objects/1", "http://127.0.0.1/", "as:Public"),
    *("https://[::1]/", "https://elsewhere.example:99999/", "acct:a@b", "urn:x", "//x", "https://x@y/"),
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(ADDRESSES)
    | st.sampled_from(OBJECTS)
)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(TERMS), inner, max_size=6),
    max_leaves=15,
)
CHANGES = st.dictionaries(st.sampled_from(TERMS), ANYTHING, max_size=5)
SAID = st.tuples(st.sampled_from(KINDS), st.sampled_from(OBJECTS), CHANGES, CHANGES)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "signature": HEADER
        | st.sampled_from(['keyId="x"', 'keyId="https://elsewhere.example/users/mallory",']),
        "signature-input": HEADER | st.just('sig1=("@method" "@target-uri");created=1;keyid="x"'),
        "date": HEADER | st.just("Thu, 01 Jan 1970 00:00:00 GMT"),
        "digest": HEADER | st.just("SHA-256=AAAA"),
        "content-digest": HEADER | st.just("sha-256=:AAAA:"),
        "content-type": HEADER | st.just("application/activity+json"),
        "host": st.just("art.example"),
    },
)


def examples(strategy: st.SearchStrategy[T], number: int) -> list[T]:
    """The same examples on every run, since the stories they are thrown into cannot be begun anew for each."""
    found: list[T] = []

    @settings(
        max_examples=number,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found


def on_the_wire(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers in the bytes that a server gets, whatever they are."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def activity(stranger: Stranger, said: tuple[str, str, Document, Document]) -> Document:
    """Something signed that may be anything but has its sender and its place."""
    kind, about, of_object, of_activity = said
    note = {**stranger.note(1), "type": about, **of_object}
    made = {**stranger.activity(kind, note), **of_activity}
    return made | {"actor": stranger.uri} if of_activity.get("actor") is None else made


@pytest.mark.rule("F-411")
@pytest.mark.threat("ORI-22", "DOS-10")
async def test_whatever_a_signed_stranger_says_is_no_fault_and_the_next_good_thing_is_heard(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    posted = await ada.post(drawing(), status="Still here")
    stranger = Stranger(fediverse)
    await ada.follow(stranger.handle)
    await fediverse.settle()
    for said in examples(SAID, 80):
        before = len(fediverse.router.exchanges)
        answer = await stranger.send(ada.island, activity(stranger, said))
        await fediverse.settle()
        assert answer.status_code in (202, 400, 401, 403), (said, answer.text)
        assert len(fediverse.router.exchanges) - before <= 20, said
    assert len(drops.counts(ada.island.server)) > 5, "the examples must reach further than the door"
    await stranger.send(ada.island, stranger.activity("Like", posted["uri"]))
    await fediverse.settle()
    assert (await ada.status(posted["id"]))["favourites_count"] == 1
    assert (await ada.api.get("/api/v1/timelines/home")).status_code == 200


@SQLITE_ALONE
@pytest.mark.threat("ORI-22")
async def test_whatever_headers_come_with_an_activity_it_is_refused_and_nothing_is_kept(
    fediverse: Fediverse,
) -> None:
    island = await fediverse.island("art")
    stranger = Stranger(fediverse)
    body = b'{"id":"https://elsewhere.example/1","type":"Like","actor":"https://elsewhere.example/users/mallory"}'
    async with island.client() as client:
        for headers in examples(HEADERS, 80):
            answer = await client.post("/inbox", content=body, headers=on_the_wire(headers))
            assert 400 <= answer.status_code < 500, (headers, answer.text)
            signed = {**stranger.sign("POST", island.server.url("/inbox"), body), **headers}
            answer = await client.post("/inbox", content=body, headers=on_the_wire(signed))
            assert answer.status_code < 500, (headers, answer.text)
    assert await island.count("works") == 0


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(OBJECTS), CHANGES)
def test_whatever_a_document_says_it_is_read_or_malformed(kind: str, changes: dict[str, Any]) -> None:
    document = {"id": f"{HOST}/1", "type": kind, "attributedTo": HOST, "inbox": f"{HOST}/inbox", **changes}
    for read in (converted.read, works.parse, actors.parse):
        try:
            read(document)
        except ActivityPubError:
            continue


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_bytes_come_they_are_a_document_or_malformed(body: bytes) -> None:
    try:
        assert isinstance(loads(body), dict)
    except ActivityPubError:
        return


@pytest.mark.threat("DOS-08")
async def test_actors_who_are_only_mentioned_are_asked_for_nothing(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    stranger = Stranger(fediverse)
    await ada.follow(stranger.handle)
    await fediverse.settle()
    asked = next(each for each in stranger.heard if each["type"] == "Follow")
    await stranger.send(ada.island, stranger.activity("Accept", asked))
    hosts = [f"s{number}.tree.example" for number in range(20)]
    for host in hosts:
        fediverse.router.join(host, stranger)
    uris = [f"https://{host}/users/a" for host in hosts]
    tags = [{"type": "Mention", "href": uri, "name": f"@a@{uri[8:]}"} for uri in uris]
    note = stranger.note(1, tag=tags, cc=[*uris, ada.actor.uri])
    known = await ada.island.count("actors")
    await stranger.send(ada.island, stranger.activity("Create", note, to=note["to"], cc=note["cc"]))
    await fediverse.settle()
    assert [each["uri"] for each in await ada.home()] == [note["id"]]
    assert await ada.island.count("actors") == known
    assert not [each for host in hosts for each in fediverse.router.sent("GET", host)]


@pytest.mark.threat("DOS-04")
async def test_a_profile_of_far_too_much_is_cut_before_it_is_kept(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art")).artist("ada")
    stranger = Stranger(fediverse)
    own = stranger.actor()["publicKey"]
    others = [{"id": f"{stranger.uri}#{n}", "owner": stranger.uri, "publicKeyPem": "x"} for n in range(3_000)]
    fields = [{"type": "PropertyValue", "name": str(n), "value": "v"} for n in range(5_000)]
    aliases = [f"https://a.example/{n}" for n in range(500)]
    huge = stranger.actor(
        name="n" * 50_000,
        summary="s" * 100_000,
        publicKey=[own, *others],
        attachment=fields,
        alsoKnownAs=aliases,
    )
    stranger.serve(stranger.uri, huge)
    found = await ada.find(stranger.handle)
    assert len(found["display_name"]) <= 255
    assert len(found["note"]) <= 20_100
    assert await ada.island.count("keys", "uri LIKE $1", f"{stranger.uri}%") <= 10
    stated = actors.parse(huge)
    assert (len(stated.fields), len(stated.also_known_as)) == (50, 100)
