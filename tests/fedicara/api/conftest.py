"""One island for every test of the API, on either kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fedicara.api import media
from tests.fediverse import Fediverse, Island, open_fediverse


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[Fediverse]:
    """A network with room for one island."""

    async def url() -> str:
        return database_url

    async with open_fediverse(tmp_path, url) as made:
        yield made


@pytest.fixture
async def island(world: Fediverse) -> Island:
    """A server that cloaks nothing, which is quicker."""
    return await world.island("art", cloak="none")


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most stories let the worker run later, so that waiting two seconds for it would be lost time."""
    monkeypatch.setattr(media, "SOON", 0.3)
