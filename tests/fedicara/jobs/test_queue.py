"""What every queue must do, on both databases."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import IN_COMPANY, ITS_OWN, Claim, Order
from fedicara.server import Server
from tests.fedicara.rooms import clock, room

pytestmark = pytest.mark.anyio

LEASE = 60.0


@pytest.fixture
def queue(server: Server) -> LeaseTable:
    return LeaseTable(server)


async def put(server: Server, *orders: Order) -> None:
    async with server.database.transaction():
        await LeaseTable(server).enqueue(*orders)


def numbered(number: int, lane: str = "", **more: float) -> Order:
    return Order("write", {"number": number}, lane=lane, **more)  # type: ignore[arg-type]


async def take(queue: LeaseTable, count: int = 10, per_lane: int = 10) -> list[Claim]:
    return await queue.claim({"write": per_lane}, count, LEASE)


def numbers(claims: list[Claim]) -> list[int]:
    return [claim.payload["number"] for claim in claims]


async def test_a_job_of_a_transaction_that_fails_is_never_there(server: Server, queue: LeaseTable) -> None:
    with pytest.raises(ZeroDivisionError):
        async with server.database.transaction():
            await queue.enqueue(numbered(1))
            raise ZeroDivisionError
    assert await take(queue) == []
    assert await queue.counts() == {}


@pytest.mark.threat("REL-11")
async def test_a_key_is_one_job_however_often_it_is_ordered(server: Server, queue: LeaseTable) -> None:
    for _ in range(3):
        await put(
            server, Order("write", {"number": 1}, key="once"), Order("write", {"number": 2}, key="once")
        )
    assert numbers(await take(queue)) == [1]


async def test_jobs_without_a_key_are_all_kept(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1), numbered(1))
    assert await queue.counts() == {"write": 2}


async def test_what_was_ordered_is_claimed_as_it_was_in_the_order_it_came(
    server: Server, queue: LeaseTable
) -> None:
    await put(server, *(numbered(number) for number in range(5)))
    claims = await take(queue, 3)
    assert numbers(claims) == [0, 1, 2]
    assert {(claim.kind, claim.lane, claim.attempts, claim.crashes) for claim in claims} == {
        ("write", "", 0, 0)
    }
    assert numbers(await take(queue)) == [3, 4]


async def test_a_delayed_job_waits(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1, delay=30.0))
    assert await take(queue) == []
    clock(server).forward(seconds=31)
    assert numbers(await take(queue)) == [1]


async def test_only_the_kinds_asked_for_are_claimed(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1), Order("read", {"number": 2}))
    assert numbers(await queue.claim({"read": 1}, 10, LEASE)) == [2]
    assert await queue.claim({}, 10, LEASE) == []


async def test_a_lane_has_no_more_at_once_than_its_limit(server: Server, queue: LeaseTable) -> None:
    await put(server, *(numbered(number, lane="slow") for number in range(6)))
    first = await take(queue, per_lane=2)
    assert numbers(first) == [0, 1]
    assert await take(queue, per_lane=2) == []
    await queue.done(first[0])
    assert numbers(await take(queue, per_lane=2)) == [2]


async def test_a_busy_lane_hides_no_other(server: Server, queue: LeaseTable) -> None:
    await put(server, *(numbered(number, lane="busy") for number in range(200)))
    await put(server, numbered(1_000, lane="other"))
    assert numbers(await take(queue, 4, per_lane=2)) == [0, 1, 1_000]
    await put(server, numbered(1_001, lane="late"))
    assert numbers(await take(queue, 4, per_lane=2)) == [1_001]


async def suspect(queue: LeaseTable) -> Claim | None:
    return await queue.suspect({"read": LEASE, "write": LEASE})


async def test_a_leased_job_is_nobody_elses_until_the_lease_ends(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1))
    assert numbers(await take(queue)) == [1]
    clock(server).forward(seconds=LEASE - 1)
    assert (await take(queue), await suspect(queue)) == ([], None)
    clock(server).forward(seconds=2)
    assert await take(queue) == []
    assert await queue.suspect({}) is None
    claim = await suspect(queue)
    assert claim is not None
    assert (claim.attempts, claim.crashes, claim.suspect) == (0, IN_COMPANY, True)
    assert await suspect(queue) is None


@pytest.mark.threat("REL-19")
async def test_a_crash_weighs_on_the_suspect_alone_until_it_has_lived_for_a_while(
    server: Server, queue: LeaseTable
) -> None:
    await put(server, *(numbered(number, lane=f"host{number}") for number in range(3)))
    await take(queue)
    clock(server).forward(seconds=LEASE + 1)
    for _ in range(2):
        claim = await suspect(queue)
        assert claim is not None
        clock(server).forward(seconds=LEASE + 1)
    assert (claim.payload["number"], claim.crashes) == (0, IN_COMPANY + ITS_OWN)
    await queue.extend(claim, LEASE)
    crashes = await server.database.rows("SELECT crashes FROM jobs ORDER BY id")
    assert [row["crashes"] for row in crashes] == [ITS_OWN + 2 * IN_COMPANY, IN_COMPANY, IN_COMPANY]


async def test_a_suspect_keeps_its_place_in_its_lane(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1, lane="host"), numbered(2, lane="host"))
    await take(queue, per_lane=1)
    clock(server).forward(seconds=LEASE + 1)
    assert await take(queue, per_lane=1) == []
    claim = await suspect(queue)
    assert claim is not None
    await queue.done(claim)
    assert numbers(await take(queue, per_lane=1)) == [2]


@pytest.mark.threat("REL-18")
async def test_a_lease_given_before_the_clock_went_back_is_not_waited_for(
    server: Server, queue: LeaseTable
) -> None:
    await put(server, numbered(1))
    await take(queue)
    clock(server).forward(hours=-1)
    claim = await suspect(queue)
    assert claim is not None
    assert claim.payload["number"] == 1


async def test_an_extended_lease_lasts_longer(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1))
    (claim,) = await take(queue)
    clock(server).forward(seconds=LEASE - 1)
    await queue.extend(claim, LEASE)
    clock(server).forward(seconds=LEASE - 1)
    assert (await take(queue), await suspect(queue)) == ([], None)


async def test_a_job_that_is_done_is_gone(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1))
    (claim,) = await take(queue)
    await queue.done(claim)
    clock(server).forward(days=1)
    assert await take(queue) == []
    assert await queue.counts() == {}


async def test_a_job_put_back_waits_and_counts_the_attempt(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1))
    (claim,) = await take(queue)
    await queue.retry(claim, 30.0, "e" * 2_000)
    assert await take(queue) == []
    clock(server).forward(seconds=31)
    (again,) = await take(queue)
    assert (again.attempts, again.crashes) == (1, 0)
    await queue.retry(again, 0.0, "once more", crashed=True)
    (again,) = await take(queue)
    assert (again.attempts, again.crashes) == (2, ITS_OWN)


async def test_a_released_job_is_due_at_once_and_counts_nothing(server: Server, queue: LeaseTable) -> None:
    await put(server, numbered(1))
    (claim,) = await take(queue)
    await queue.release(claim)
    assert await take(queue) == [claim]
    clock(server).forward(seconds=LEASE + 1)
    again = await suspect(queue)
    assert again is not None
    await queue.release(again)
    assert await suspect(queue) == again


async def test_a_buried_job_is_kept_and_never_claimed(server: Server, queue: LeaseTable) -> None:
    await put(server, Order("write", {"number": 1}, key="bad"))
    (claim,) = await take(queue)
    await queue.bury(claim, "it cannot work")
    clock(server).forward(days=30)
    assert await take(queue) == []
    assert await queue.counts() == {}
    row = await server.database.row("SELECT error, buried FROM jobs WHERE id = $1", claim.id)
    assert row is not None
    assert (row["error"], bool(row["buried"])) == ("it cannot work", True)


async def test_many_claimers_never_hold_one_job_and_lose_none(server: Server, queue: LeaseTable) -> None:
    await put(server, *(numbered(number, lane=f"host{number % 7}") for number in range(120)))
    held: Counter[int] = Counter()

    async def claimer(crashes: int) -> None:
        while claims := await take(queue, 5, per_lane=50):
            held.update(numbers(claims))
            await asyncio.sleep(0)
            for claim in claims[crashes:]:
                await queue.done(claim)

    await asyncio.gather(*(claimer(0) for _ in range(4)))
    assert held == Counter(range(120))


async def test_a_crash_between_claim_and_done_loses_nothing(server: Server, queue: LeaseTable) -> None:
    await put(server, *(numbered(number) for number in range(60)))
    finished: set[int] = set()
    for turn in range(90):
        accused = await suspect(queue)
        claims = [accused] if accused else await take(queue, 7)
        survives = len(claims) if turn % 3 else len(claims) // 2
        for claim in claims[:survives]:
            finished.add(claim.payload["number"])
            await queue.done(claim)
        clock(server).forward(seconds=LEASE + 1)
    assert finished == set(range(60))
    assert await queue.counts() == {}


async def test_lanes_left_out_wait_until_they_are_asked_for(server: Server, queue: LeaseTable) -> None:
    await put(server, *(numbered(number, lane=f"host{number}") for number in range(4)))
    claims = await queue.claim({"write": 2}, 10, LEASE, without=("host0", "host2", "elsewhere"))
    assert numbers(claims) == [1, 3]
    assert numbers(await take(queue)) == [0, 2]


async def test_more_jobs_than_one_statement_holds_are_all_kept(server: Server, queue: LeaseTable) -> None:
    await put(server, *(numbered(number) for number in range(1_203)))
    assert await queue.counts() == {"write": 1_203}
    assert numbers(await take(queue, 1_203, per_lane=2_000)) == list(range(1_203))


async def test_who_listens_is_woken_by_what_others_commit(
    server: Server, queue: LeaseTable, database_url: str, tmp_path: Path
) -> None:
    async with (
        room(database_url, tmp_path) as elsewhere,
        LeaseTable(elsewhere).listening(),
        queue.listening(),
    ):
        await settled(elsewhere)
        with pytest.raises(ZeroDivisionError):
            async with server.database.transaction():
                await queue.enqueue(numbered(1))
                raise ZeroDivisionError
        assert not elsewhere.wake.is_set()
        await put(server, numbered(2))
        async with asyncio.timeout(60):
            await server.wake.wait()
            if not server.database.is_sqlite:
                await elsewhere.wake.wait()


async def settled(server: Server) -> None:
    """Until its connection listens, which it says by a first wake."""
    if not server.database.is_sqlite:
        async with asyncio.timeout(60):
            await server.wake.wait()
        server.wake.clear()


@pytest.mark.threat("REL-16")
@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_a_listener_whose_connection_is_cut_listens_again(server: Server, queue: LeaseTable) -> None:
    async with queue.listening():
        await settled(server)
        await server.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        await settled(server)
