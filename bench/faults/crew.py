"""`python -m bench.faults.crew`: a worker with jobs that raise, kill their process, never end, or are well-behaved."""

import asyncio
import os
import signal

import uvloop

from fedicara.app import close_server, open_server
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim
from fedicara.jobs.worker import Done, Kind, Outcome, Worker
from fedicara.server import Server
from fedicara.settings import Settings


async def _raise(server: Server, claim: Claim) -> Outcome:
    raise ZeroDivisionError


async def _kill(server: Server, claim: Claim) -> Outcome:
    os.kill(os.getpid(), signal.SIGKILL)
    return Done()


async def _hang(server: Server, claim: Claim) -> Outcome:
    await asyncio.Event().wait()
    return Done()


async def _fine(server: Server, claim: Claim) -> Outcome:
    await asyncio.sleep(0.01)
    return Done()


KINDS = {
    "raises": Kind(_raise),
    "kills": Kind(_kill, lease=10.0),
    "hangs": Kind(_hang),
    "fine": Kind(_fine, at_once=4, per_lane=4, lease=10.0),
}


async def main() -> None:
    """Work until ended."""
    server = await open_server(Settings())
    try:
        await Worker(server, LeaseTable(server), KINDS).run()
    finally:
        await close_server(server)


if __name__ == "__main__":
    uvloop.run(main())
