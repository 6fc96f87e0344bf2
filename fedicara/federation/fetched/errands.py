"""Errands: jobs that read what is elsewhere, one at a time for each host, a few at once in all (F-356)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from fedicara.federation.errors import RemoteError
from fedicara.federation.network.bounds import Bounded
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome, Run
from fedicara.server import Server

ERRAND: Final = "errand"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be read: the server bounded to it, and the details it was ordered with."""

    server: Server
    bounds: Bounded
    details: Mapping[str, Any]


Go = Callable[[Errand], Awaitable[None]]


async def order(server: Server, name: str, address: str, **details: Any) -> None:
    """Send somebody on an errand, in the lane of the host it leads to first; the same one waits once."""
    key = hashlib.sha256(f"{address}\n{details.get('about', '')}".encode()).hexdigest()
    lane = urlsplit(address).netloc[:255]
    await LeaseTable(server).enqueue(
        Order(ERRAND, {"name": name, "address": address, **details}, lane=lane, key=f"{name}:{key}")
    )


def runner(known: Mapping[str, tuple[Go, int]]) -> Run:
    """The job: each errand by its name, with the most requests it may cost.

    Wherever an errand stops, it is over: nothing is tried again until the next reason to go (DOS-06).
    """

    async def run(server: Server, claim: Claim) -> Outcome:
        go, most = known[claim.payload["name"]]
        bounds = Bounded(server, min(most, claim.payload.get("requests", most)))
        try:
            await go(Errand(replace(server, network=bounds), bounds, claim.payload))
        except RemoteError as error:
            _log.info(
                "errand ended", errand=claim.payload["name"], reason=error.reason, requests=bounds.spent
            )
        return Done()

    return run
