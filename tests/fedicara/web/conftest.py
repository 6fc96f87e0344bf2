"""One island for the tests of the pages, and people with browsers."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.fediverse import Fediverse, Island, Person, open_fediverse


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


@pytest.fixture
async def ada(island: Island) -> Person:
    """An artist, signed in."""
    made = await island.artist("ada")
    await made.sign_in()
    return made


@pytest.fixture
async def bob(island: Island) -> Person:
    """Somebody else, signed in."""
    made = await island.artist("bob")
    await made.sign_in()
    return made


@pytest.fixture
async def visitor(island: Island) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without an account."""
    async with island.client() as made:
        yield made
