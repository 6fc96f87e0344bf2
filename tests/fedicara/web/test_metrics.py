"""What happens in numbers, for this machine and for who has the token."""

import httpx
import pytest

from activitypub.names import ACTIVITY_JSON
from fedicara.app import create
from tests.fediverse import Fediverse, Island, drawing
from tests.stranger import Stranger

pytestmark = pytest.mark.anyio


def here(island: Island, address: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
    """A client on the island's own machine, or at another address."""
    transport = httpx.ASGITransport(create(island.server), client=(address, 40_000))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers)


@pytest.mark.threat("SIG-01")
async def test_drops_jobs_and_deliveries_are_counted(world: Fediverse) -> None:
    island = await world.island("art", cloak="none")
    ada, stranger = await island.artist("ada"), Stranger(world)
    await stranger.send(island, stranger.activity("Follow", ada.actor.uri))
    await stranger.send(island, stranger.activity("Wave", ada.actor.uri))
    await world.settle()
    await stranger.send_bytes(island, b"{}", {"Content-Type": ACTIVITY_JSON})
    await ada.upload(drawing())
    async with here(island) as machine:
        answer = await machine.get("/metrics")
    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'ap_drop_total{reason="type"} 1.0' in lines
    assert 'ap_drop_total{reason="missing"} 1.0' in lines
    assert 'fedicara_jobs_total{kind="deliver",outcome="done"} 1.0' in lines
    assert 'fedicara_queue_jobs{kind="picture"} 1.0' in lines
    assert any(line.startswith('fedicara_queue_oldest_seconds{kind="picture"} ') for line in lines)


async def test_nobody_else_is_told_without_the_token(world: Fediverse) -> None:
    island = await world.island("art", metrics_token="a long secret")
    async with here(island) as machine:
        assert (await machine.get("/metrics")).status_code == 200
        assert (await machine.get("/")).status_code == 400
        passed_on = await machine.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
        assert passed_on.status_code == 404
    async with island.client() as visitor:
        absent = await visitor.get("/metrics")
        wrong = await visitor.get("/metrics", headers={"Authorization": "Bearer a long"})
        right = await visitor.get("/metrics", headers={"Authorization": "Bearer a long secret"})
    assert [absent.status_code, wrong.status_code, right.status_code] == [404, 404, 200]
    async with here(island, "a socket") as odd:
        assert (await odd.get("/metrics")).status_code == 404
