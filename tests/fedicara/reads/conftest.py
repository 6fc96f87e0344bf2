"""A server on either kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fedicara.server import Server
from tests.fedicara.rooms import room


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    """A server without people."""
    async with room(database_url, tmp_path) as made:
        yield made
