"""How often somebody may do something."""

import pytest

from fedicara.rates import Counters, Rates, source_of


@pytest.mark.threat("DOS-19")
def test_each_has_a_window_of_their_own_and_is_told_how_long_to_wait() -> None:
    rates = Rates()
    assert [rates.wait(2, 60, "inbox", "a") for _ in range(2)] == [0.0, 0.0]
    assert 1.0 <= rates.wait(2, 60, "inbox", "a") <= 60.0
    assert rates.wait(2, 60, "inbox", "b") == 0.0
    assert rates.wait(2, 60, "other", "a") == 0.0
    assert not any(rates.wait(0, 60, "inbox", "a") for _ in range(10)), "0 is no limit"


def test_a_window_ends() -> None:
    counters = Counters()
    assert [counters.incr("a", 0), counters.incr("a", 0)] == [1, 1]
    assert counters.get("a") == 0
    assert [counters.incr("b", 60), counters.incr("b", 60), counters.get("b")] == [1, 2, 2]
    counters.clear("b")
    assert (counters.get("b"), counters.check(), counters.base_exceptions) == (0, True, LookupError)
    assert (counters.reset(), counters.reset()) == (1, 0)


@pytest.mark.threat("DOS-19")
def test_no_more_is_remembered_than_there_is_room_for() -> None:
    counters = Counters(most=3)
    for name in "abcd":
        counters.incr(name, 60)
    assert [counters.get(name) for name in "abcd"] == [0, 1, 1, 1]


@pytest.mark.threat("DOS-19")
def test_an_ipv6_subscriber_is_one_source_whatever_address_of_theirs_is_used() -> None:
    assert source_of("2001:db8:1:2:aaaa::1") == source_of("2001:db8:1:2:bbbb::9") == "2001:db8:1:2::/64"
    assert source_of("2001:db8:1:3::1") != source_of("2001:db8:1:2::1")
    assert source_of("203.0.113.7") == "203.0.113.7"
    assert source_of("unix") == "unix"
