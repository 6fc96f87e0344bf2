"""Who is believed: both kinds of request signatures, both kinds of keys, and proofs inside what is passed on."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import keys, proofs, rfc9421
from activitypub.names import ACTIVITY_JSON
from fedicara.federation.said import outbox
from fedicara.models import Actor, DomainRule, Follow, Inbound, Key, Mention, Work
from fedicara.models.ids import new_id
from tests.fedicara.federation.stage import HOME, PUBLIC, Home, Peer, key_pair

pytestmark = pytest.mark.anyio


@cache
def ed25519(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def with_multikey(peer: Peer) -> Peer:
    """Let the peer list an Ed25519 key too."""
    public = keys.multibase(ed25519(peer.uri).public_key())
    key = {"id": f"{peer.uri}#ed", "type": "Multikey", "controller": peer.uri, "publicKeyMultibase": public}
    peer.more["assertionMethod"] = [key]
    peer.publish()
    return peer


def signed(
    peer: Peer, method: str, url: str, body: bytes | None, key: tuple[str, Any] | None = None
) -> dict[str, str]:
    """RFC 9421 headers of the peer, by its RSA key where no other is given."""
    key_id, private = key or (f"{peer.uri}#main-key", key_pair(peer.key_name or peer.uri)[0])
    return rfc9421.sign(method, url, body, key_id, private, datetime.now(UTC))


async def post(
    home: Home, peer: Peer, activity: dict[str, Any], key: tuple[str, Any] | None = None, **headers: str
) -> httpx.Response:
    body = json.dumps(activity).encode()
    made = signed(peer, "POST", f"{HOME}/inbox", body, key)
    return await home.client.post(
        "/inbox", content=body, headers={"Content-Type": ACTIVITY_JSON, **made, **headers}
    )


def why(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["reason"]


@pytest.mark.rule("F-311", "F-324")
@pytest.mark.threat("SIG-19")
async def test_a_delivery_signed_as_rfc_9421_says_is_taken(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    assert (await post(home, peer, peer.says("Follow", artist.uri))).status_code == 202
    await home.work()
    assert len(home.sent("Accept")) == 1


@pytest.mark.rule("F-316", "F-317")
@pytest.mark.threat("SIG-19")
async def test_an_ed25519_multikey_of_the_actor_signs_requests(home: Home) -> None:
    artist, peer = await home.artist(), with_multikey(home.peer())
    key = (f"{peer.uri}#ed", ed25519(peer.uri))
    assert (await post(home, peer, peer.says("Follow", artist.uri), key)).status_code == 202
    other = (f"{peer.uri}#ed", ed25519("another"))
    assert why(await post(home, peer, peer.says("Follow", artist.uri), other)) == (401, "bad_signature")


@pytest.mark.rule("F-311")
@pytest.mark.threat("SIG-19")
async def test_where_both_kinds_are_present_rfc_9421_decides_alone(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    activity = peer.says("Follow", artist.uri)
    body = json.dumps(activity).encode()
    old = peer.signed("POST", f"{HOME}/inbox", body)
    stated = signed(peer, "POST", f"{HOME}/inbox", body)["Signature-Input"]
    headers = {"Content-Type": ACTIVITY_JSON, **old, "Signature-Input": stated}
    answer = await home.client.post("/inbox", content=body, headers=headers)
    assert why(answer) == (400, "malformed")
    assert (await home.post(peer, activity)).status_code == 202


@pytest.mark.rule("F-315")
@pytest.mark.threat("SIG-19")
async def test_the_content_digest_is_computed_over_the_bytes_received(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    body = json.dumps(peer.says("Follow", artist.uri)).encode()
    headers = {"Content-Type": ACTIVITY_JSON, **signed(peer, "POST", f"{HOME}/inbox", body)}
    answer = await home.client.post("/inbox", content=body.replace(b"Follow", b"Follov"), headers=headers)
    assert why(answer) == (401, "digest_mismatch")


@pytest.mark.threat("SIG-19")
async def test_a_signature_for_another_inbox_by_another_actor_or_by_us_is_refused(home: Home) -> None:
    artist, peer, thief = await home.artist(), home.peer(), home.peer("mallory", "evil.example")
    follow = peer.says("Follow", artist.uri)
    body = json.dumps(follow).encode()
    headers = {"Content-Type": ACTIVITY_JSON, **signed(peer, "POST", f"{HOME}/inbox", body)}
    answer = await home.client.post(f"/actors/{artist.id}/inbox", content=body, headers=headers)
    assert why(answer) == (401, "bad_signature")
    assert why(await post(home, thief, follow)) == (401, "actor_mismatch")
    ours = (f"{artist.uri}#main-key", key_pair(peer.uri)[0])
    assert why(await post(home, peer, follow, ours)) == (401, "key_mismatch")
    assert await Inbound.all().count() == 0


@pytest.mark.rule("F-311", "F-300")
async def test_a_crawlers_tagged_signature_counts_as_none(home: Home) -> None:
    artist = await home.artist()
    tagged = {
        "Signature-Input": 'sig=("@authority");created=1;keyid="x";tag="web-bot-auth"',
        "Signature": "sig=:YWJj:",
    }
    path = f"/actors/{artist.id}"
    answer = await home.client.get(path, headers={"Accept": ACTIVITY_JSON, **tagged})
    assert answer.json() == (await home.get(path)).json()
    assert "name" not in answer.json()
    body = b'{"id": "https://good.example/1", "type": "Like", "actor": "https://good.example/users/ada"}'
    sent = await home.client.post("/inbox", content=body, headers={"Content-Type": ACTIVITY_JSON, **tagged})
    assert why(sent) == (401, "missing")


@pytest.mark.rule("F-305", "F-301")
async def test_a_key_that_cannot_be_read_opens_no_more_than_the_envelope(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    home.elsewhere.serve(peer.uri, {}, status=502)
    answer = await home.get(f"/actors/{artist.id}", peer)
    assert answer.status_code == 200
    assert "name" not in answer.json()


@pytest.mark.rule("F-313")
@pytest.mark.threat("SIG-20")
async def test_a_read_may_be_signed_with_its_query_or_without(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    path = f"/actors/{artist.id}?page=2"
    for url in (f"{HOME}{path}", f"{HOME}/actors/{artist.id}"):
        headers = {"Accept": ACTIVITY_JSON, **signed(peer, "GET", url, None)}
        answer = await home.client.get(path, headers=headers)
        assert "name" in answer.json()
    headers = {"Accept": ACTIVITY_JSON, **signed(peer, "GET", f"{HOME}/actors/{artist.id}?page=3", None)}
    assert why(await home.client.get(path, headers=headers)) == (401, "bad_signature")


def key_object(peer: Peer, key_id: str, **more: Any) -> dict[str, Any]:
    return {"id": key_id, "owner": peer.uri, "publicKeyPem": key_pair(peer.uri)[1], **more}


@pytest.mark.rule("F-317")
@pytest.mark.threat("SIG-11")
async def test_a_key_with_an_address_of_its_own_counts_if_its_owner_lists_it(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    key_id = f"{peer.uri}/keys/1"
    home.elsewhere.serve(key_id, key_object(peer, key_id))
    key = (key_id, key_pair(peer.uri)[0])
    url = f"{HOME}/actors/{artist.id}"
    headers = {"Accept": ACTIVITY_JSON, **signed(peer, "GET", url, None, key)}
    assert why(await home.client.get(url, headers=headers)) == (401, "key_mismatch")
    peer.more["publicKey"] = key_object(peer, key_id)
    peer.publish()
    home.server.cache.keep(("reread", peer.uri), b"2020-01-01T00:00:00+00:00")
    assert "name" in (await home.client.get(url, headers=headers)).json()


@pytest.mark.rule("F-317")
async def test_a_multikey_with_an_address_of_its_own_names_its_controller(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    key_id = f"{peer.uri}/keys/ed"
    public = keys.multibase(ed25519(peer.uri).public_key())
    key = {"id": key_id, "type": "Multikey", "controller": peer.uri, "publicKeyMultibase": public}
    home.elsewhere.serve(key_id, key)
    peer.more["assertionMethod"] = key
    peer.publish()
    url = f"{HOME}/actors/{artist.id}"
    made = signed(peer, "GET", url, None, (key_id, ed25519(peer.uri)))
    assert "name" in (await home.client.get(url, headers={"Accept": ACTIVITY_JSON, **made})).json()


@pytest.mark.rule("F-317")
@pytest.mark.threat("SIG-12")
async def test_a_key_address_that_serves_a_short_actor_is_checked_at_the_actors_own_address(
    home: Home,
) -> None:
    artist, peer = await home.artist(), home.peer()
    key_id = f"{peer.uri}/main-key"
    peer.more["publicKey"] = key_object(peer, key_id)
    peer.publish()
    short = {
        "id": peer.uri,
        "type": "Person",
        "preferredUsername": "ada",
        "publicKey": key_object(peer, key_id),
    }
    home.elsewhere.serve(key_id, short)
    url = f"{HOME}/actors/{artist.id}"
    made = signed(peer, "GET", url, None, (key_id, key_pair(peer.uri)[0]))
    assert "name" in (await home.client.get(url, headers={"Accept": ACTIVITY_JSON, **made})).json()
    liar = f"https://evil.example/users/{peer.name}/main-key"
    home.elsewhere.serve(liar, short | {"publicKey": key_object(peer, liar)})
    made = signed(peer, "GET", url, None, (liar, key_pair(peer.uri)[0]))
    assert (await home.client.get(url, headers={"Accept": ACTIVITY_JSON, **made})).status_code == 401


async def known(home: Home, *peers: Peer) -> None:
    """Let the peers have been heard before."""
    artist = await home.artist("met")
    for peer in peers:
        await home.hear(peer, peer.says("Follow", artist.uri))


def proven(peer: Peer, activity: dict[str, Any], name: str = "") -> dict[str, Any]:
    """The activity with a proof by the peer's key."""
    stated = {"@context": "https://www.w3.org/ns/activitystreams", **activity}
    return proofs.sign(stated, f"{peer.uri}#ed", ed25519(name or peer.uri), datetime.now(UTC))


@pytest.mark.rule("F-321")
@pytest.mark.threat("SIG-23")
async def test_what_is_passed_on_counts_as_its_authors_by_the_authors_own_proof(home: Home) -> None:
    author, forwarder = with_multikey(home.peer("bea", "b.example")), home.peer("fay", "f.example")
    await known(home, forwarder)
    activity = proven(author, author.says("Create", author.note(1)))
    assert (await home.post(forwarder, activity)).status_code == 202
    kept = await Inbound.get(uri=activity["id"]).prefetch_related("actor")
    assert kept.actor.uri == author.uri
    again = proven(author, author.says("Create", author.note(2)))
    assert (await post(home, forwarder, again)).status_code == 202


@pytest.mark.rule("F-321")
@pytest.mark.threat("SIG-23", "SIG-10")
async def test_what_is_passed_on_without_the_authors_valid_proof_is_refused(home: Home) -> None:
    author, forwarder = (
        with_multikey(home.peer("bea", "b.example")),
        with_multikey(home.peer("fay", "f.example")),
    )
    await known(home, forwarder, author)
    heard = await Inbound.all().count()
    activity = author.says("Delete", author.note(1)["id"])
    refused = {
        "without": activity,
        "other bytes": proven(author, activity) | {"type": "Create"},
        "another key": proven(author, activity, "another"),
        "another actor": proven(forwarder, activity),
    }
    for name, stated in refused.items():
        answer = await home.post(forwarder, stated)
        assert answer.status_code == 401, name
    stranger = home.peer("eve", "e.example")
    tampered = stranger.signed("POST", f"{HOME}/inbox", b"{}")
    body = json.dumps(proven(author, activity)).encode()
    answer = await home.client.post(
        "/inbox", content=body, headers={"Content-Type": ACTIVITY_JSON, **tampered}
    )
    assert why(answer) == (401, "digest_mismatch")
    assert await Inbound.all().count() == heard


@pytest.mark.rule("F-306")
@pytest.mark.threat("MOD-01", "SIG-24")
@pytest.mark.parametrize("rejected", ["b.example", "f.example"])
async def test_what_is_passed_on_is_refused_where_author_or_forwarder_is_rejected(
    home: Home, rejected: str
) -> None:
    author = with_multikey(home.peer("bea", "sub.b.example"))
    forwarder = home.peer("fay", "f.example")
    await known(home, forwarder)
    await DomainRule.create(domain=rejected, action="reject")
    home.server.recent.clear()
    asked = len(home.elsewhere.requests)
    answer = await home.post(forwarder, proven(author, author.says("Create", author.note(1))))
    assert why(answer) == (403, "rejected")
    assert len(home.elsewhere.requests) == asked
    assert not await Inbound.filter(actor__uri=author.uri).exists()


@pytest.mark.rule("F-321")
@pytest.mark.threat("DOS-08")
async def test_two_unknown_actors_are_not_read_for_one_activity(home: Home) -> None:
    author, forwarder = with_multikey(home.peer("bea", "b.example")), home.peer("fay", "f.example")
    answer = await home.post(forwarder, proven(author, author.says("Create", author.note(1))))
    assert why(answer) == (401, "actor_mismatch")
    assert home.elsewhere.requests == []


@pytest.mark.rule("F-320")
@pytest.mark.threat("SIG-22")
@pytest.mark.parametrize("wrap", ["signature", "@graph", "@included", "@reverse"])
async def test_a_linked_data_signature_or_rearranged_json_ld_is_never_authentication(
    home: Home, wrap: str
) -> None:
    victim, thief = home.peer(), home.peer("mallory", "evil.example")
    await known(home, victim, thief)
    heard = await Inbound.all().count()
    block = {"type": "RsaSignature2017", "creator": f"{victim.uri}#main-key", "signatureValue": "eA=="}
    inner = victim.says("Create", victim.note(1, to=[PUBLIC]))
    activity = {**inner, "signature": block}
    if wrap != "signature":
        activity[wrap] = [victim.says("Delete", victim.uri)]
    assert why(await home.post(thief, activity)) == (401, "actor_mismatch")
    assert await Inbound.all().count() == heard
    assert await Actor.filter(uri=victim.uri).exists()


async def prover(home: Home) -> Actor:
    """An artist here whose Ed25519 key signs."""
    artist = await home.artist()
    private, public = keys.generate_ed25519()
    await Key.filter(uri=f"{artist.uri}#ed25519-key").update(private=private, public=public)
    return artist


async def checked(artist: Actor, activity: dict[str, Any]) -> None:
    proof = proofs.find(activity)
    assert proof is not None
    assert proof.key_id == f"{artist.uri}#ed25519-key"
    key = await Key.get(uri=proof.key_id)
    proofs.verify(activity, proof, keys.load_public(key.public), datetime.now(UTC))


@pytest.mark.rule("F-322")
@pytest.mark.parametrize("visibility", ["public", "unlisted"])
async def test_what_everybody_may_read_is_sent_with_a_proof(home: Home, visibility: str) -> None:
    artist, peer = await prover(home), home.peer()
    await known(home, peer)
    await Follow.create(uri=f"{peer.uri}/f", follower=await home.known(peer), followed=artist, accepted=True)
    number = new_id()
    work = await Work.create(
        id=number,
        uri=f"{HOME}/objects/{number}",
        actor=artist,
        url=f"{HOME}/@lee/{number}",
        visibility=visibility,
    )
    for say in (outbox.publish_create, outbox.publish_update, outbox.publish_delete):
        async with home.server.database.transaction():
            await say(home.server, work)
        await home.work()
    async with home.server.database.transaction():
        await outbox.update_actor(home.server, artist)
    await home.work()
    sent = [activity for _, activity in home.elsewhere.posted if activity["actor"] == artist.uri]
    assert [activity["type"] for activity in sent] == ["Create", "Update", "Delete", "Update"]
    for activity in sent:
        await checked(artist, activity)
        assert activity["@context"].count(proofs.CONTEXT) == 1
        path = activity["id"].removeprefix(HOME)
        if activity["type"] == "Delete":
            assert (await home.get(path, peer)).json()["proof"] == activity["proof"]


@pytest.mark.rule("F-322")
@pytest.mark.parametrize("visibility", ["followers", "direct"])
async def test_what_is_not_for_everybody_carries_no_proof(home: Home, visibility: str) -> None:
    artist, peer = await prover(home), home.peer()
    await known(home, peer)
    follower = await home.known(peer)
    await Follow.create(uri=f"{peer.uri}/f", follower=follower, followed=artist, accepted=True)
    work = await Work.create(
        uri=f"{HOME}/objects/1", actor=artist, url=f"{HOME}/@lee/1", visibility=visibility
    )
    await Mention.create(work=work, actor=follower)
    async with home.server.database.transaction():
        await outbox.publish_create(home.server, work)
    await home.work()
    async with home.server.database.transaction():
        await outbox.publish_delete(home.server, work)
    await home.hear(peer, peer.says("Follow", artist.uri))
    sent = [activity for _, activity in home.elsewhere.posted if activity["actor"] == artist.uri]
    assert {activity["type"] for activity in sent} == {"Create", "Delete"} | {"Accept"}
    assert not any("proof" in activity for activity in sent)


@pytest.mark.rule("F-035", "F-041")
async def test_the_servers_own_actor_and_every_artist_say_that_rfc_9421_is_understood(home: Home) -> None:
    artist = await home.artist()
    own = (await home.get("/actor")).json()["implements"]
    named = (await home.get(f"/actors/{artist.id}")).json()["generator"]["implements"]
    assert own == named
    assert "https://datatracker.ietf.org/doc/html/rfc9421" in [each["href"] for each in own]
