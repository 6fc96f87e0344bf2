"""Whether the time of an answer tells a private post from one that never was: medians over interleaved requests (AUD-03)."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx

from bench.table import show
from fedicara.actions import accounts, works
from fedicara.actions.authentication import SCOPES, Viewer, make_token, sign_in
from fedicara.actions.works import Draft
from fedicara.app import close_server, create, open_server
from fedicara.models import Actor
from fedicara.server import Server
from fedicara.settings import Settings

RUNS: Final = 200
GOAL: Final = 5.0
PASSWORD: Final = "correct horse battery"
PATHS: Final = ("/api/v1/statuses/{}", "/@ada/{}", "/objects/{}", "/contexts/{}")
ACCEPT: Final = {"/objects/{}": "application/activity+json", "/contexts/{}": "application/activity+json"}


async def measure() -> int:
    """Ask as a visitor and as somebody who may not read it; 0 where all medians lie within the goal."""
    with tempfile.TemporaryDirectory() as folder:
        server = await open_server(Settings(data=Path(folder), base_url="https://art.example"))
        try:
            with server.database.bound():
                return await _measured(server)
        finally:
            await close_server(server)


async def _measured(server: Server) -> int:
    ada, eve = [await _person(server, name) for name in ("ada", "eve")]
    private = await works.publish(
        server, ada, Draft(title="Secret", visibility="followers", caption="For few")
    )
    cookie = await sign_in(server, "eve", PASSWORD)
    readers = {
        "visitor": {},
        "app": {"Authorization": f"Bearer {await make_token(server, eve.account, 'read')}"},
        "browser": {"Cookie": f"__Host-session={cookie}"},
    }
    transport, rows, good = httpx.ASGITransport(create(server)), [], True
    async with httpx.AsyncClient(transport=transport, base_url=server.settings.base_url) as client:
        for name, headers in readers.items():
            for path in PATHS:
                pair = [path.format(private.id), path.format(private.id + 1)]
                stated = headers | ({"Accept": ACCEPT[path]} if path in ACCEPT else {})
                hidden, never = await _medians(client, pair, stated)
                good = good and abs(hidden - never) < GOAL
                rows.append((f"{path} {name}", f"{hidden:.2f}", f"{never:.2f}", f"{hidden / never:.2f}"))
    title = f"Absent answers, medians of {RUNS}, milliseconds; differences below {GOAL:g} ms"
    show(title, ("asked for, by", "private", "never was", "ratio"), rows)
    return 0 if good else 1


async def _person(server: Server, name: str) -> Viewer:
    account = await accounts.create(server, accounts.NewAccount(name, PASSWORD))
    return Viewer(account, await Actor.get(account__id=account.id), SCOPES)


async def _medians(client: httpx.AsyncClient, paths: list[str], headers: dict[str, str]) -> list[float]:
    """One after the other in turn, so that what else the machine does falls on both."""
    times: list[list[float]] = [[], []]
    for _ in range(RUNS):
        for kept, path in zip(times, paths, strict=True):
            started = time.perf_counter()
            answer = await client.get(path, headers=headers)
            kept.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 404, (path, answer.status_code)
    return [statistics.median(each) for each in times]


def main() -> int:
    """The whole measurement."""
    return asyncio.run(measure())
