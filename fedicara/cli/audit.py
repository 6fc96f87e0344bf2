"""`audit`: who changed what about the place."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import orjson
import typer

from fedicara.actions.audit import entries
from fedicara.cli.configuration import Data, load, opened
from fedicara.models import AuditEntry
from fedicara.settings import Settings


def audit(
    limit: Annotated[int, typer.Option(help="How many entries at most.", min=1)] = 100, data: Data = None
) -> None:
    """Print the newest entries of the audit log, newest first, one JSON object a line."""
    for entry in asyncio.run(_audit(load(data), limit)):
        typer.echo(orjson.dumps(_printed(entry)).decode())


async def _audit(settings: Settings, limit: int) -> Sequence[AuditEntry]:
    async with opened(settings):
        return await entries(limit)


def _printed(entry: AuditEntry) -> dict[str, object]:
    return {
        "at": entry.created,
        "who": entry.who,
        "action": entry.action,
        "about": entry.about,
        "detail": entry.detail,
    }
