"""Time-ordered ids."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from fedicara.models.ids import Sequence, new_id, time_of


@pytest.mark.rule("F-002")
def test_ids_rise_and_hold_the_moment_they_were_made() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = [new_id() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert before <= time_of(made[0]) <= time_of(made[-1]) <= datetime.now(UTC) + timedelta(seconds=1)
    assert made[-1] < 2**63


@pytest.mark.rule("F-002")
def test_two_threads_never_get_the_same_id() -> None:
    sequence = Sequence()

    def many() -> list[int]:
        return [sequence.next() for _ in range(20_000)]

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.submit(many), threads.submit(many)
        made, other = first.result(), second.result()
    assert made == sorted(made)
    assert other == sorted(other)
    assert len({*made, *other}) == 40_000


def test_a_clock_that_jumps_back_makes_no_id_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    sequence = Sequence()
    last = sequence.next()
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000)
    assert [sequence.next(), sequence.next()] == [last + 1, last + 2]
