"""Who looks at pictures that are being prepared, so that one reader of each process reads for all of them."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

MOST_EACH: Final = 8


class Watching:
    """Whoever looks is woken when a picture they look at changed; `seen` is what was read of each the last time."""

    def __init__(self) -> None:
        self.seen: dict[int, Any] = {}
        self.reader: asyncio.Task[None] | None = None
        self.is_over = False
        self._looking: dict[asyncio.Event, frozenset[int]] = {}
        self._each: Counter[int] = Counter()

    def has_room(self, who: int) -> bool:
        """Whether somebody may look once more: each may so often at once, in each process."""
        return self._each[who] < MOST_EACH

    @contextmanager
    def looking(self, who: int, pictures: Iterable[int]) -> Iterator[asyncio.Event]:
        """Inside, the event is set whenever one of these pictures changed, and when this process ends."""
        woken = asyncio.Event()
        self._looking[woken] = frozenset(pictures)
        self._each[who] += 1
        try:
            yield woken
        finally:
            del self._looking[woken]
            self._each[who] -= 1
            if not self._each[who]:
                del self._each[who]

    def wanted(self) -> list[int]:
        """Every picture that somebody looks at; what was seen of others is forgotten."""
        wanted = frozenset[int]().union(*self._looking.values())
        self.seen = {picture: state for picture, state in self.seen.items() if picture in wanted}
        return sorted(wanted)

    def tell(self, wanted: Iterable[int], found: Mapping[int, Any]) -> None:
        """Wake who looks at what changed since the last time; of what is gone, None was seen."""
        before, self.seen = self.seen, {each: found.get(each) for each in wanted}
        changed = {each for each, state in self.seen.items() if each not in before or before[each] != state}
        for woken, pictures in self._looking.items():
            if pictures & changed:
                woken.set()

    def end(self) -> None:
        """Send everybody away: this process stops, and browsers come again to the next."""
        self.is_over = True
        for woken in self._looking:
            woken.set()
