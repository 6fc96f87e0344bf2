"""Which renditions other servers get, by what they state and whether they sign."""

from typing import Any

import orjson
import pytest

from activitypub import proofs
from fedicara.actions import hosts
from fedicara.actions.errors import Invalid, NotFound
from fedicara.models import AuditEntry, Peer
from tests.fediverse import Fediverse, Island, drawing
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio


def created(stranger: Stranger, status: Any) -> Any:
    """The Create of a post, as a server got it last."""
    heard = [each for each in stranger.heard if each["type"] == "Create"]
    return next(each for each in reversed(heard) if each["object"]["id"] == status["uri"])


def size(note: Any) -> tuple[int, int]:
    """Width and height that the one attachment states."""
    (attachment,) = note["attachment"]
    return attachment["width"], attachment["height"]


async def follower(world: Fediverse, island: Island, host: str, uri: str, **terms: Any) -> Stranger:
    """A server whose one person follows an artist; it signs, since it followed."""
    made = Stranger(world, host, "eve")
    made.serve(made.uri, made.actor(**terms))
    assert (await made.send(island, made.activity("Follow", uri))).status_code == 202
    await world.settle()
    return made


@pytest.mark.rule("P-310", "P-311", "P-312", "P-313", "P-314", "P-248")
@pytest.mark.sqlite_first
async def test_large_pictures_go_to_the_servers_an_artist_lets_have_them(fediverse: Fediverse) -> None:
    island = await fediverse.island("art", cloak="none")
    ada = await island.artist("ada")
    silent, contrary, aligned = [
        await follower(fediverse, island, f"{name}.example", ada.actor.uri, **terms)
        for name, terms in (
            ("silent", {}),
            ("contrary", {"contentUsage": "train-ai=y"}),
            ("aligned", {"contentUsage": "train-ai=n"}),
        )
    ]
    with island.server.database.bound():
        for peer in (silent, contrary, aligned):
            await hosts.judge(island.server, peer.host)
        standings = {each.host: each.standing async for each in Peer.all()}
        assert standings == {
            peer.host: name
            for peer, name in zip(
                (silent, contrary, aligned), ("neutral", "contrary", "aligned"), strict=True
            )
        }

    large, preview = (1400, 933), (1080, 720)
    sizes = {
        "all": (large, large, large),
        "signed": (large, preview, large),
        "aligned": (preview, preview, large),
    }
    for choice, expected in sizes.items():
        fediverse.clock.advance(minutes=2)
        status = await ada.post(
            drawing(1400, 933), status=choice, fedicara={"policy": {"peer_media": choice}}
        )
        await fediverse.settle()
        heard = [created(peer, status) for peer in (silent, contrary, aligned)]
        assert tuple(size(each["object"]) for each in heard) == expected, choice
        assert len({orjson.dumps(each["object"]) for each in heard}) == len(set(expected))
        assert {each["id"] for each in heard} == {heard[0]["id"]}
        assert all(proofs.find(each) is not None for each in heard)
        for peer, each in zip((silent, contrary, aligned), heard, strict=True):
            # What is read with a signature is what was delivered, terms and alt text included.
            read = orjson.loads((await peer.read(island, status["uri"])).content)
            assert read["attachment"] == each["object"]["attachment"]
            assert {"contentUsage", "name", "digestMultibase"} <= read["attachment"][0].keys()

    with island.server.database.bound():
        seen = {each.host: each for each in await hosts.listed(island.server)}
        # Written down once a minute, so at least these.
        assert sum(seen[peer.host].previews for peer in (silent, contrary)) in (2, 3)
        assert seen["contrary.example"].previews >= 1
        assert seen["aligned.example"].previews == 0
        assert seen["contrary.example"].evidence == "1 of its people allow training"
        assert seen["silent.example"].signs
        # An admin knows better, and may take it back.
        await hosts.mark(island.server, "test", "contrary.example", "neutral")
        with pytest.raises(Invalid):
            await hosts.mark(island.server, "test", "contrary.example", "friendly")
        with pytest.raises(NotFound):
            await hosts.mark(island.server, "test", "nobody.example", "neutral")
        assert await AuditEntry.filter(action="hosts mark").count() == 1
    status = await ada.post(drawing(1400, 933), status="again")
    await fediverse.settle()
    assert size(created(contrary, status)["object"]) == large

    # Who signed nothing for a month gets previews, and the artist is told how many servers those are.
    await ada.sign_in()
    assert "Previews go to no server" in (await ada.browser.get("/settings")).text
    fediverse.clock.advance(days=31)
    status = await ada.post(drawing(1400, 933), status="later")
    await fediverse.settle()
    assert [size(created(peer, status)["object"]) for peer in (silent, contrary, aligned)] == [preview] * 3
    await ada.sign_in()
    page = (await ada.browser.get("/settings")).text
    assert "the only setting here that also binds crawlers which hide who they are; it costs reach" in page
    assert "Previews go to 3 servers" in page
    assert "A server that received a file can pass it on" in page
