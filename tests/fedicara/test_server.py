"""What everything else is given: the memory of answers stays within its bounds."""

from fedicara.memory import Memory


def test_answers_that_are_hardly_longer_than_nothing_fill_the_memory_by_their_keys() -> None:
    memory = Memory(most=10_000)
    for number in range(1_000):
        memory.keep(("note", number, "a" * 100), b"")
    kept = [number for number in range(1_000) if memory.get(("note", number, "a" * 100)) is not None]
    assert 0 < len(kept) < 100
    assert kept == list(range(1_000 - len(kept), 1_000))


def test_a_key_that_is_kept_again_takes_its_place_once() -> None:
    memory = Memory(most=2_000)
    memory.keep(("other",), b"other")
    for _ in range(100):
        assert memory.keep(("same",), b"a" * 500) == b"a" * 500
    assert memory.get(("other",)) == b"other"
