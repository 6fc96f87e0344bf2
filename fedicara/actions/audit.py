"""The audit log: who changed what about the place; entries are added and never changed."""

from collections.abc import Sequence
from typing import Any

from fedicara.models import AuditEntry

COMMAND_LINE = "command line"


async def note(who: str, action: str, about: str = "", **detail: Any) -> None:
    """Add an entry; inside the transaction of the change it tells of."""
    await AuditEntry.create(who=who, action=action, about=about[:2048], detail=detail)


async def entries(limit: int = 100) -> Sequence[AuditEntry]:
    """The newest entries, newest first."""
    return await AuditEntry.all().order_by("-id").limit(limit)
