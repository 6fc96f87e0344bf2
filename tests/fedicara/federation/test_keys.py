"""Keys of ours change by command, and lie sealed; keys of others are read again with care; suspended and deleted signers."""

import asyncio
import re
from datetime import UTC, datetime

import pytest

from activitypub import cavage, keys
from fedicara.actions import keys as actions
from fedicara.actions.errors import NotFound
from fedicara.federation.said.instance import new_keys
from fedicara.federation.signed import private_keys, verify
from fedicara.models import Actor, AuditEntry, Inbound, Job, Key, Tombstone
from fedicara.secret import SecretError
from tests.fedicara.federation.stage import HOME, Home, Peer, key_pair

pytestmark = pytest.mark.anyio


def key_ids(home: Home, path: str) -> list[str]:
    """The keys that signed what was delivered to an inbox, in order."""
    signatures = [
        each.headers["signature"]
        for each in home.elsewhere.requests
        if each.method == "POST" and str(each.url) == path
    ]
    return [re.findall(r'keyId="([^"]+)"', each)[0] for each in signatures]


async def keyed(home: Home, name: str = "lee") -> Actor:
    """An artist whose keys are those of this server, sealed."""
    artist = await home.artist(name)
    await Key.filter(actor_id=artist.id).delete()
    await new_keys(home.server, artist)
    return artist


@pytest.mark.rule("F-325")
@pytest.mark.threat("OPS-02")
async def test_new_keys_are_introduced_by_the_old_one_and_sign_everything_after(home: Home) -> None:
    artist, peer, flaky = await keyed(home), home.peer(), home.peer("fay", "f.example")
    for each in (peer, flaky):
        await home.hear(each, each.says("Follow", artist.uri))
    old = f"{artist.uri}#main-key"
    home.elsewhere.serve(f"https://{flaky.host}/inbox", {}, status=503)
    assert await actions.rotate(home.server, "test", ["lee"]) == [artist.uri]
    await home.work()
    [document] = [activity["object"] for _, activity in home.sent("Update")]
    new = document["publicKey"]["id"]
    assert new.startswith(f"{artist.uri}#main-key-")
    assert [each["id"] for each in document["assertionMethod"]] == [new.replace("main", "ed25519")]
    assert (await home.get(f"/actors/{artist.id}")).json()["publicKey"] == document["publicKey"]
    assert key_ids(home, f"https://{peer.host}/inbox") == [old]
    # Where the old one was not heard the new one speaks; its server reads it anew, as ours does.
    assert set(key_ids(home, f"https://{flaky.host}/inbox")[:1]) == {old}
    assert set(key_ids(home, f"https://{flaky.host}/inbox")[1:]) == {new}
    assert await Job.filter(kind="deliver").count() == 1
    home.elsewhere.answers.pop(f"https://{flaky.host}/inbox")
    await Job.all().update(due=0)
    await home.work()
    assert key_ids(home, f"https://{flaky.host}/inbox")[-1] == new
    await home.hear(peer, peer.says("Follow", artist.uri))
    assert key_ids(home, f"{peer.uri}/inbox")[-1] == new, "the next Accept"
    entry = await AuditEntry.get(action="keys.rotate")
    assert (entry.who, entry.about) == ("test", artist.uri)


@pytest.mark.rule("F-325")
@pytest.mark.threat("OPS-02")
async def test_everybodys_keys_change_with_the_places_own_and_one_generation_back_is_kept(home: Home) -> None:
    artist = await keyed(home)
    await home.client.get("/actor", headers={"Accept": "application/activity+json"})
    changed = await actions.rotate_all(home.server, "test")
    assert sorted(changed) == sorted([artist.uri, f"{HOME}/actor"])
    assert await Key.filter(actor_id=artist.id).count() == 4
    await actions.rotate(home.server, "test", ["LEE"])
    assert await Key.filter(actor_id=artist.id).count() == 4
    assert await Key.filter(actor_id=artist.id, retired=None).count() == 2
    before = await Key.all().count()
    with pytest.raises(NotFound):
        await actions.rotate(home.server, "test", ["lee", "nobody"])
    assert await Key.all().count() == before


@pytest.mark.threat("OPS-02")
async def test_private_keys_lie_sealed_each_for_its_own_id(home: Home) -> None:
    artist = await keyed(home)
    rows = await Key.filter(actor_id=artist.id)
    for row in rows:
        assert "PRIVATE KEY" not in row.private
        opened = private_keys.unseal(home.server, row.uri, row.private)
        assert keys.load_private(opened)
        with pytest.raises(SecretError, match="another secret"):
            private_keys.unseal(home.server, rows[0].uri + "x", row.private)


@pytest.mark.rule("F-318")
@pytest.mark.threat("SIG-14")
async def test_a_key_is_believed_for_a_day_and_a_wrong_one_asked_about_once_in_five_minutes(
    home: Home,
) -> None:
    artist, peer = await home.artist(), home.peer()
    old = Peer(home.elsewhere, peer.host, peer.name)
    await home.hear(peer, peer.says("Follow", artist.uri))
    asked = len(home.elsewhere.requests)
    assert (await home.post(peer, peer.says("Like", "x"))).status_code == 202
    assert len(home.elsewhere.requests) == asked, "cached with its owner"
    peer.key_name = "rotated"
    peer.publish()
    answers = [(await home.post(peer, peer.says("Like", "x"))).status_code for _ in range(3)]
    assert answers == [202, 202, 202]
    assert len(home.elsewhere.requests) == asked + 1
    for _ in range(3):
        assert (await home.post(old, old.says("Like", "x"))).status_code == 401
    assert len(home.elsewhere.requests) == asked + 1
    await Actor.filter(uri=peer.uri).update(fetched=datetime(2020, 1, 1, tzinfo=UTC))
    home.server.cache.keep(("reread", peer.uri), b"2020-01-01T00:00:00+00:00")
    assert (await home.post(peer, peer.says("Like", "x"))).status_code == 202
    assert len(home.elsewhere.requests) == asked + 2, "read anew after a day"


@pytest.mark.rule("F-318", "F-310")
@pytest.mark.threat("SIG-15")
async def test_a_key_host_that_does_not_answer_in_time_is_a_503_and_what_is_wrong_anyway_a_401_at_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_PATIENCE", 0.05)
    artist, peer = await home.artist(), home.peer()
    home.elsewhere.hang(peer.uri)
    async with asyncio.timeout(60):
        answer = await home.post(peer, peer.says("Follow", artist.uri))
    assert (answer.status_code, answer.json()["reason"]) == (503, "unreachable")
    assert int(answer.headers["retry-after"]) > 0
    asked = len(home.elsewhere.requests)
    body = b'{"id": "https://good.example/1", "type": "Like", "actor": "https://good.example/users/ada"}'
    weak = cavage.sign("POST", f"{HOME}/inbox", {}, None, f"{peer.uri}#main-key", key_pair(peer.uri)[0])
    answer = await home.client.post(
        "/inbox", content=body, headers={**weak, "Content-Type": "application/activity+json"}
    )
    assert (answer.status_code, answer.json()["reason"]) == (401, "digest_not_signed")
    assert len(home.elsewhere.requests) == asked


@pytest.mark.rule("F-319")
async def test_our_own_activities_that_come_back_are_dropped_before_anything_else(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    answer = await home.post(peer, peer.says("Like", "x") | {"actor": artist.uri})
    assert answer.status_code == 202
    assert home.server.drops == {"own": 1}
    assert home.elsewhere.requests == []
    thief = home.peer("mallory", "evil.example")
    assert (await home.post(thief, peer.says("Like", "x"))).status_code == 401


@pytest.mark.rule("F-040")
@pytest.mark.threat("SIG-24")
async def test_suspended_and_deleted_signers_are_answered_and_not_heard(home: Home) -> None:
    artist, peer = await home.artist(), home.peer()
    await home.hear(peer, peer.says("Follow", artist.uri))
    await Actor.filter(uri=peer.uri).update(suspended=home.server.now())
    heard = await Inbound.all().count()
    assert (await home.post(peer, peer.says("Like", "x"))).status_code == 202
    assert home.server.drops["suspended"] == 1
    forged = home.peer("ada", peer.host)
    forged.key_name = "another"
    assert (await home.post(forged, forged.says("Like", "x"))).status_code == 401, "only who signs as they"
    await Actor.filter(uri=peer.uri).update(suspended=None)
    assert (await home.post(peer, peer.says("Like", "x"))).status_code == 202
    assert await Inbound.all().count() == heard + 1

    home.elsewhere.serve(peer.uri, {}, status=410)
    await home.hear(peer, peer.says("Delete", peer.uri))
    assert await Tombstone.filter(uri=peer.uri).exists()
    heard, asked = await Inbound.all().count(), len(home.elsewhere.requests)
    assert (await home.post(peer, peer.says("Like", "x"))).status_code == 202
    assert home.server.drops["gone"] == 1
    assert (await Inbound.all().count(), len(home.elsewhere.requests)) == (heard, asked)
