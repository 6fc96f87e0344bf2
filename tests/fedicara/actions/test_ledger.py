"""The ledger beside a web process: written down while it runs, and once more when it ends."""

import asyncio
from datetime import timedelta

import pytest

from fedicara.actions import ledger
from fedicara.models import Refusal
from fedicara.refusals import Refused
from fedicara.server import Server
from policies.verdict import Reason, Surface

pytestmark = pytest.mark.anyio


@pytest.mark.rule("P-226")
async def test_what_was_refused_is_written_down_while_the_server_runs_and_when_it_stops(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "MINUTE", 0.001)
    today = server.now().date()
    long_ago = (server.now() - ledger.KEPT - timedelta(days=1)).date()
    old = Refused(long_ago, "CCBot", Reason.POLICY, Surface.HTML)
    ledger.count(server, old)
    await ledger.write_down(server)
    keeping = asyncio.create_task(ledger.keep(server))
    ledger.count(server, Refused(today, "GPTBot", Reason.POLICY, Surface.HTML))
    for _ in range(30_000):
        if [row.token async for row in Refusal.all()] == ["GPTBot"]:
            break
        await asyncio.sleep(0.001)
    assert [row.token async for row in Refusal.all()] == ["GPTBot"]
    monkeypatch.setattr(ledger, "MINUTE", 3_600.0)
    for _ in range(2):
        ledger.count(server, Refused(today, "GPTBot", Reason.POLICY, Surface.HTML), 5)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert [(row.token, row.count, row.bytes_withheld) async for row in Refusal.all()] == [("GPTBot", 3, 10)]
