"""When a failed job is tried again."""

import random

import pytest

from fedicara.jobs.schedule import GIVE_UP_AFTER, delay

HOUR = 3600.0


def tries(seed: int) -> list[float]:
    """The moments of all attempts of one job that never succeeds."""
    chance, now, moments = random.Random(seed), 0.0, [0.0]
    while (now := now + delay(len(moments) - 1, chance)) <= GIVE_UP_AFTER:
        moments.append(now)
    return moments


@pytest.mark.threat("REL-08")
def test_the_pause_doubles_from_half_a_minute_to_six_hours_give_or_take_a_quarter() -> None:
    chance = random.Random(1)
    for attempt in range(60):
        middle = min(30.0 * 2**attempt, 6 * HOUR)
        pauses = [delay(attempt, chance) for _ in range(200)]
        assert 0.75 * middle <= min(pauses) < 0.85 * middle
        assert 1.15 * middle < max(pauses) <= 1.25 * middle


@pytest.mark.threat("REL-08")
def test_a_week_holds_34_to_40_attempts() -> None:
    counts = [len(tries(seed)) for seed in range(2_000)]
    assert min(counts) >= 34
    assert max(counts) <= 40


@pytest.mark.threat("REL-08")
def test_hosts_that_fell_silent_together_are_asked_at_different_times_from_the_second_day_on() -> None:
    width = 600.0
    slots = [0] * int(GIVE_UP_AFTER / width)
    for seed in range(2_000):
        for moment in tries(seed):
            slots[min(int(moment / width), len(slots) - 1)] += 1
    later = slots[int(24 * HOUR / width) : -1]
    assert max(later) < 2 * sum(later) / len(later)
