"""`migrate`: bring the database to the newest version."""

import asyncio

from fedicara.cli.configuration import Data, load, opened
from fedicara.settings import Settings


def migrate(data: Data = None) -> None:
    """Make or change the tables; `serve` does this by itself."""
    asyncio.run(_migrate(load(data)))


async def _migrate(settings: Settings) -> None:
    async with opened(settings):
        """Opening migrates."""
