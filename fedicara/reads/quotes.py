"""Quotes as one person sees them."""

from collections.abc import Sequence
from dataclasses import replace

from fedicara.reads.access import sees
from fedicara.reads.views import WorkView
from fedicara.server import Server


async def seen_by(server: Server, works: Sequence[WorkView], reader: int | None) -> Sequence[WorkView]:
    """The works without quotes of people whom the reader blocks, or who show the reader nothing (MOD-03)."""
    return [
        replace(work, quoted=None)
        if work.quoted and not await sees(server, reader, work.quoted.actor.id)
        else work
        for work in works
    ]
