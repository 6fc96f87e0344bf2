"""Group commit: one transaction for what comes in the same moment, an answer for each after it."""

import asyncio
from collections.abc import Sequence

import pytest

from fedicara.models import Tombstone
from fedicara.models.database import IntegrityError
from fedicara.models.group_commit import MOST, GroupCommit
from fedicara.server import Server

pytestmark = pytest.mark.anyio


class Writer:
    """Keeps tombstones by their address, and remembers the groups."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []

    async def __call__(self, uris: Sequence[str]) -> list[str]:
        self.groups.append(list(uris))
        await Tombstone.bulk_create([Tombstone(uri=uri) for uri in uris])
        return [uri.upper() for uri in uris]


@pytest.mark.rule("F-375")
async def test_what_comes_while_a_group_is_written_is_written_together_and_answered_after_it(
    server: Server,
) -> None:
    writer = Writer()
    commit = GroupCommit(server.database, writer)
    uris = [f"a{number}" for number in range(MOST + 10)]

    async def added(uri: str) -> str:
        answer: str = await commit.add(uri)
        # Read beside the transaction, as another process would: the answer means that it is there.
        assert await server.database.row("SELECT 1 FROM tombstones WHERE uri = $1", uri)
        return answer

    async with asyncio.timeout(60):
        answers = await asyncio.gather(*map(added, uris))
    assert answers == [uri.upper() for uri in uris]
    assert [len(group) for group in writer.groups] == [MOST, 10]
    assert await commit.add("later") == "LATER"
    assert await Tombstone.all().count() == MOST + 11


async def test_one_that_cannot_be_written_spoils_none_of_the_others(server: Server) -> None:
    commit = GroupCommit(server.database, Writer())
    await commit.add("twice")
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*map(commit.add, ("one", "twice", "two")), return_exceptions=True)
    assert [answers[0], answers[2]] == ["ONE", "TWO"]
    assert isinstance(answers[1], IntegrityError)
    assert await Tombstone.all().count() == 3


async def test_who_gives_up_waiting_takes_nothing_back_and_holds_nobody_up(server: Server) -> None:
    commit = GroupCommit(server.database, Writer())
    first, second = (asyncio.create_task(commit.add(uri)) for uri in ("one", "two"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "TWO"
    assert await Tombstone.all().count() == 2
