"""The server that these tests ask."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fedicara.federation.stage import Home, open_home


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[Home]:
    """Our server on a new database."""
    async with open_home(database_url, tmp_path) as opened:
        yield opened
