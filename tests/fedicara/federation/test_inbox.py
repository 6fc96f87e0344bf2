"""The inbox: who is believed, what is answered, and that nothing happens twice."""

import json

import pytest

from fedicara.models import Follow, Inbound, Work
from tests.fedicara.federation.stage import HOME, Home, Peer

pytestmark = pytest.mark.anyio


@pytest.mark.threat("SIG-01")
async def test_an_unsigned_delivery_is_refused_without_a_trace(home: Home) -> None:
    peer = home.peer()
    body = json.dumps(peer.says("Create", peer.note(1))).encode()
    answer = await home.client.post(
        "/inbox", content=body, headers={"Content-Type": "application/activity+json"}
    )
    assert answer.status_code == 401
    assert answer.json()["reason"] == "missing"
    assert await Inbound.all().count() == 0
    assert home.elsewhere.requests == []


@pytest.mark.rule("F-200", "F-231", "F-375")
async def test_an_open_account_accepts_a_follow_with_the_follow_embedded(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    asked = peer.says("Follow", artist.uri)
    assert (await home.hear(peer, asked)).status_code == 202
    assert (await Follow.get(followed_id=artist.id)).accepted
    [(inbox, accept)] = home.sent("Accept")
    assert inbox == f"{peer.uri}/inbox"
    assert accept["actor"] == artist.uri
    assert accept["object"] == {"id": asked["id"], "type": "Follow", "actor": peer.uri, "object": artist.uri}


@pytest.mark.rule("F-200", "F-385")
async def test_a_locked_account_keeps_the_request_without_an_answer(home: Home) -> None:
    artist, peer = await home.artist(locked=True), home.peer()
    await home.hear(peer, peer.says("Follow", artist.uri))
    assert not (await Follow.get(followed_id=artist.id)).accepted
    assert home.elsewhere.posted == []


@pytest.mark.rule("F-041")
async def test_the_servers_own_actor_rejects_every_follow(home: Home) -> None:
    peer = home.peer()
    await home.client.get("/actor", headers={"Accept": "application/activity+json"})
    await home.hear(peer, peer.says("Follow", f"{HOME}/actor"))
    assert await Follow.all().count() == 0
    assert [activity["type"] for _, activity in home.elsewhere.posted] == ["Reject"]


@pytest.mark.threat("SIG-09")
async def test_the_same_activity_twice_has_one_effect(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    asked = peer.says("Follow", artist.uri)
    assert (await home.hear(peer, asked)).status_code == 202
    assert (await home.hear(peer, asked)).status_code == 202
    assert await Inbound.all().count() == 1
    assert len(home.sent("Accept")) == 1


@pytest.mark.threat("SIG-03")
async def test_a_body_that_was_changed_is_refused(home: Home) -> None:
    peer = home.peer()
    signed = peer.signed("POST", f"{HOME}/inbox", b'{"id": "https://good.example/1"}')
    body = json.dumps(peer.says("Create", peer.note(1))).encode()
    answer = await home.client.post(
        "/inbox", content=body, headers={**signed, "Content-Type": "application/activity+json"}
    )
    assert (answer.status_code, answer.json()["reason"]) == (401, "digest_mismatch")
    assert home.elsewhere.requests == []


@pytest.mark.threat("SIG-07")
async def test_a_signature_for_one_inbox_does_not_open_another(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    body = json.dumps(peer.says("Follow", artist.uri)).encode()
    signed = peer.signed("POST", f"{HOME}/inbox", body)
    answer = await home.client.post(
        f"/actors/{artist.id}/inbox",
        content=body,
        headers={**signed, "Content-Type": "application/activity+json"},
    )
    assert (answer.status_code, answer.json()["reason"]) == (401, "bad_signature")


@pytest.mark.threat("SIG-10")
@pytest.mark.parametrize("host", ["evil.example", "good.example"])
async def test_a_signer_who_is_not_the_actor_is_refused(home: Home, host: str) -> None:
    artist, victim, thief = await home.artist(), home.peer(), home.peer("mallory", host)
    answer = await home.post(thief, victim.says("Follow", artist.uri))
    assert answer.status_code == 401
    assert await Inbound.all().count() == 0


@pytest.mark.threat("SSRF-07")
async def test_nobody_is_asked_for_the_key_of_a_request_that_cannot_be_valid(home: Home) -> None:
    body = b'{"id": "https://169.254.169.254/1", "type": "Like", "actor": "https://169.254.169.254/latest"}'
    header = 'keyId="http://169.254.169.254/latest",headers="host date",signature="eA=="'
    answer = await home.client.post(
        "/inbox", content=body, headers={"Signature": header, "Content-Type": "application/activity+json"}
    )
    assert (answer.status_code, answer.json()["reason"]) == (401, "weak_signature")
    assert home.elsewhere.requests == []


@pytest.mark.threat("SIG-11", "SIG-12")
async def test_a_key_that_the_owner_does_not_list_is_refused(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    peer.more["publicKey"] = {"id": f"{peer.uri}#other", "owner": peer.uri, "publicKeyPem": "x"}
    peer.publish()
    answer = await home.post(peer, peer.says("Follow", artist.uri))
    assert (answer.status_code, answer.json()["reason"]) == (401, "key_mismatch")


@pytest.mark.threat("SIG-13", "SIG-14")
async def test_a_new_key_is_read_once_and_then_not_again_for_five_minutes(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await home.hear(peer, peer.says("Follow", artist.uri))
    old = Peer(home.elsewhere, peer.host, peer.name)
    peer.key_name = "rotated"
    peer.publish()
    assert (await home.post(peer, peer.says("Follow", artist.uri))).status_code == 202
    asked = len(home.elsewhere.requests)
    for _ in range(3):
        assert (await home.post(old, old.says("Follow", artist.uri))).status_code == 401
    assert len(home.elsewhere.requests) == asked


@pytest.mark.threat("SIG-15")
async def test_a_key_host_that_is_down_for_the_moment_gets_503(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    home.elsewhere.serve(peer.uri, {}, status=502)
    answer = await home.post(peer, peer.says("Follow", artist.uri))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


@pytest.mark.threat("SIG-25")
async def test_the_farewell_of_somebody_unknown_is_taken_without_a_request(home: Home) -> None:
    peer = home.peer()
    answer = await home.post(peer, peer.says("Delete", peer.uri))
    assert answer.status_code == 202
    assert home.elsewhere.requests == []
    assert await Inbound.all().count() == 0


@pytest.mark.threat("ORI-05")
async def test_an_activity_with_an_id_on_another_host_is_dropped(home: Home) -> None:
    artist, peer = await home.artist(), home.peer("mallory", "evil.example")
    stated = peer.says("Follow", artist.uri) | {"id": "https://good.example/act/1"}
    assert (await home.hear(peer, stated)).status_code == 202
    assert await Inbound.all().count() == 0
    assert await Follow.all().count() == 0


@pytest.mark.threat("ORI-22")
@pytest.mark.parametrize(
    "actor", [None, 7, {"a": "b"}, [], ["https://a.example/1", "https://b.example/2"], [[["x"]]]]
)
async def test_an_actor_of_the_wrong_shape_is_a_400(home: Home, actor: object) -> None:
    peer = home.peer()
    assert (await home.post(peer, peer.says("Like", "x") | {"actor": actor})).status_code == 400


async def test_bodies_that_are_too_large_of_another_kind_or_no_json_are_refused(home: Home) -> None:
    peer = home.peer()
    assert (await home.post(peer, b"[" * 10_000)).status_code == 400
    assert (await home.post(peer, b"{}" + b" " * (1 << 20))).status_code == 413
    assert (await home.post(peer, b"{}", **{"Content-Type": "text/plain"})).status_code == 415
    assert (await home.post(peer, b"{}", **{"Content-Encoding": "gzip"})).status_code == 415


@pytest.mark.threat("SIG-18")
async def test_two_signature_headers_are_refused(home: Home) -> None:
    peer = home.peer()
    body = json.dumps(peer.says("Like", "x")).encode()
    signed = peer.signed("POST", f"{HOME}/inbox", body)
    headers = [
        *signed.items(),
        ("Signature", signed["Signature"]),
        ("Content-Type", "application/activity+json"),
    ]
    assert (await home.client.post("/inbox", content=body, headers=headers)).status_code == 400


@pytest.mark.threat("ORI-20")
async def test_nobody_elsewhere_makes_a_post_under_our_address(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await home.hear(peer, peer.says("Follow", artist.uri))
    await home.follows(artist, peer)
    note = peer.note(1, id=f"{HOME}/objects/1")
    await home.hear(peer, peer.says("Create", note))
    assert await Work.all().count() == 0


@pytest.mark.rule("F-375")
async def test_an_inbox_cannot_be_read(home: Home) -> None:
    artist = await home.artist()
    assert (await home.client.get("/inbox")).status_code == 405
    assert (await home.client.get(f"/actors/{artist.id}/inbox")).status_code == 405
