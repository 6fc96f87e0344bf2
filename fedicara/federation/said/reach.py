"""Whom a work reached: one row for each work, so that who follows no longer still hears that it is gone (AUD-17).

A thousand shared inboxes take some 10 kB, less than any rendition of a picture, and one write for each publication.
"""

import zlib
from collections.abc import Iterable
from typing import Final

from fedicara.models import Reach, Work

_LEVEL: Final = 1


async def note(work: Work, inboxes: Iterable[str]) -> None:
    """Remember that a work goes to these inboxes too; inside the caller's transaction."""
    known = await of(work)
    every = dict.fromkeys([*known, *inboxes])
    if len(every) > len(known):
        packed = zlib.compress("\n".join(every).encode(), _LEVEL)
        await Reach.update_or_create(work_id=work.id, defaults={"inboxes": packed})


async def of(work: Work) -> list[str]:
    """The inboxes to which a work went so far. Plan: the primary key."""
    found = await Reach.get_or_none(work_id=work.id)
    return zlib.decompress(bytes(found.inboxes)).decode().split("\n") if found is not None else []
