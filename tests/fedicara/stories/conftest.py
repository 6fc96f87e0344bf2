"""A network of islands for every story, once on SQLite and once on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fediverse import Fediverse, open_fediverse
from tests.postgres import Cluster


@pytest.fixture
async def fediverse(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Fediverse]:
    """A network without servers, on either kind of database; at the end nothing may have gone wrong on it."""
    if database_kind == "sqlite":
        async with open_fediverse(tmp_path) as world:
            yield world
        return
    server: Cluster = request.getfixturevalue("cluster")
    made: list[str] = []

    async def fresh() -> str:
        made.append(await server.fresh())
        return made[-1]

    async with open_fediverse(tmp_path, fresh) as world:
        yield world
    for url in made:
        await server.drop(url)
