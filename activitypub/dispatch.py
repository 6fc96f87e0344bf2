"""The registry of inbox handlers, keyed (activity type, object type)."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Registry(Generic[Handler]):
    """One handler for each kind of activity, found by its type and that of its object."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str | None], Handler] = {}

    def on(self, activity_type: str, object_type: str | None = None) -> Callable[[Handler], Handler]:
        """Register the decorated handler; without an object type it takes every object no other handler takes.

        A second handler for the same key is a TypeError.
        """
        key = (activity_type, object_type)

        def register(handler: Handler) -> Handler:
            if key in self._handlers:
                raise TypeError(f"{key} has a handler already.")
            self._handlers[key] = handler
            return handler

        return register

    def find(self, activity_type: str, object_type: str | None) -> Handler | None:
        """Return the handler for exactly this key, else the one for any object, else None."""
        exact = self._handlers.get((activity_type, object_type))
        return exact or self._handlers.get((activity_type, None))

    def keys(self) -> list[tuple[str, str | None]]:
        """Return what is handled, in the order of registration."""
        return list(self._handlers)
