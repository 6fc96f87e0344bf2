"""What other servers did not give: remembered, so that it is not asked for in vain nor forgotten too soon (F-352)."""

from datetime import timedelta
from typing import Final

from fedicara.federation.errors import Gone
from fedicara.models import Absence
from fedicara.server import Server

CLOSED: Final = frozenset({401, 403})
NOT_FOUND: Final = 404
DAY: Final = timedelta(hours=24)
KEPT: Final = timedelta(days=30)
ENOUGH: Final = 3


async def is_closed(server: Server, address: str) -> bool:
    """Whether its server refused to give it within a day."""
    recent = Absence.filter(uri=address, status__in=CLOSED, asked__gt=server.now() - DAY)
    return await recent.exists()


async def note(server: Server, address: str, status: int) -> None:
    """Remember a refusal, or one more day on which it was not found; whatever else was answered ends both."""
    known = await Absence.get_or_none(uri=address)
    if status not in (*CLOSED, NOT_FOUND):
        if known is not None and status == 200:
            await known.delete()
        return
    async with server.database.transaction():
        await Absence.filter(asked__lt=server.now() - KEPT).delete()
        days = known.days if known is not None and known.status == status else 0
        again = known is not None and days > 0 and known.asked.date() == server.now().date()
        stated = {"status": status, "days": days + (not again), "asked": server.now()}
        await Absence.update_or_create(uri=address, defaults=stated)


async def is_final(error: Gone, address: str) -> bool:
    """Whether it is gone for good: 410 and a Tombstone say so, 404 only on three different days."""
    if error.reason != str(NOT_FOUND):
        return True
    return await Absence.filter(uri=address, status=NOT_FOUND, days__gte=ENOUGH).exists()
