"""The order of what is said about one object to one inbox (F-372, REL-09).

What is built when it is sent is never stale, and what was overtaken is left out by who sends it. What remains is that
two requests are under way at once: the later one waits for the earlier.
"""

import asyncio
import hashlib
import time
from typing import Final

from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim
from fedicara.models import Activity, Work
from fedicara.server import Server

DELIVER: Final = "deliver"
PATIENCE: Final = 45.0
_LOOKS: Final = (0.01, 1.0)
_REMEMBERED: Final = 10
_LONGEST_KEY: Final = 500


def key(name: int | str, inbox: str) -> str:
    """What makes a delivery one of its kind; a digest where the inbox's address is very long."""
    whole = f"{DELIVER}:{name}:{inbox}"
    return whole if len(whole) <= _LONGEST_KEY else f"{DELIVER}:{hashlib.sha256(whole.encode()).hexdigest()}"


async def said_before(work: Work) -> list[int]:
    """The activities about a work that may still be on their way: its Create and the last Updates."""
    return [row.id for row in await Activity.filter(work_id=work.id).order_by("-id").limit(_REMEMBERED)]


async def is_its_turn(server: Server, claim: Claim) -> bool:
    """Wait while something earlier about the same object is under way to this inbox; False where that takes long."""
    earlier = [key(each, claim.payload["inbox"]) for each in claim.payload.get("after", ())]
    pause, until = _LOOKS[0], time.monotonic() + PATIENCE
    while earlier and await LeaseTable(server).in_hand(*earlier):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LOOKS[1])
    return True
