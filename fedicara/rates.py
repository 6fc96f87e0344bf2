"""How often somebody may do something: counters in the memory of this process, bounded in number (DOS-19)."""

import time
from ipaddress import ip_address, ip_network
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

MOST: Final = 20_000
_NETWORK: Final = 64


class Counters(Storage):
    """Where `limits` counts; its own memory has no bound and starts a thread for every burst."""

    STORAGE_SCHEME = None

    def __init__(self, most: int = MOST) -> None:
        super().__init__()
        self._most = most
        self._counted: dict[str, tuple[float, int]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing here fails in a way of its own."""
        return LookupError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in the window that runs or a new one; the windows that began first go first when there are too many."""
        until, count = self._counted.get(key, (0.0, 0))
        if until <= time.monotonic():
            self._counted.pop(key, None)
            until, count = time.monotonic() + expiry, 0
        self._counted[key] = until, count + amount
        if len(self._counted) > self._most:
            del self._counted[next(iter(self._counted))]
        return count + amount

    def get(self, key: str) -> int:
        """How often in the window that runs."""
        until, count = self._counted.get(key, (0.0, 0))
        return count if until > time.monotonic() else 0

    def get_expiry(self, key: str) -> float:
        """When that window ends."""
        return self._counted.get(key, (0.0, 0))[0]

    def check(self) -> bool:
        """Memory is there."""
        return True

    def reset(self) -> int:
        """Forget everything."""
        count = len(self._counted)
        self._counted.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one."""
        self._counted.pop(key, None)


class Rates:
    """The limits of one server."""

    def __init__(self) -> None:
        self._counters = Counters()
        self._limiter = FixedWindowRateLimiter(self._counters)

    def wait(self, amount: int, seconds: int, *who: str) -> float:
        """Count once for these words; 0 while that is within `amount` in so many seconds, else how long to wait.

        An amount of 0 is no limit.
        """
        limit = RateLimitItemPerSecond(amount, seconds)
        if not amount or self._limiter.hit(limit, *who):
            return 0.0
        return max(1.0, self._counters.get_expiry(limit.key_for(*who)) - time.monotonic())


def source_of(address: str) -> str:
    """Whom an address belongs to: itself, for IPv6 its /64, which is what one subscriber has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(parsed if parsed.version == 4 else ip_network((parsed, _NETWORK), strict=False))
