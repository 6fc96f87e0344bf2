"""The registry of inbox handlers."""

from collections.abc import Callable

import pytest

from activitypub.dispatch import Registry


def test_a_handler_is_found_by_activity_and_object_type() -> None:
    registry: Registry[Callable[[], str]] = Registry()

    @registry.on("Create", "Note")
    def note() -> str:
        return "note"

    @registry.on("Create")
    def anything() -> str:
        return "anything"

    assert registry.find("Create", "Note") is note
    assert registry.find("Create", "Event") is anything
    assert registry.find("Create", None) is anything
    assert registry.find("Like", None) is None
    assert registry.keys() == [("Create", "Note"), ("Create", None)]
    assert (note(), anything()) == ("note", "anything")


def test_a_second_handler_for_a_key_is_a_type_error() -> None:
    registry: Registry[Callable[[], None]] = Registry()
    registry.on("Like")(lambda: None)
    with pytest.raises(TypeError):
        registry.on("Like")(lambda: None)
