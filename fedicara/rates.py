"""How often somebody may do something: counters in the memory of this process, bounded in number (DOS-19)."""

import time
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from policies.buckets import BUCKETS, Bucket

MOST: Final = 20_000
_NETWORK: Final = 64
# Seconds of a clock that has run for months are not exact beyond this.
_ROUNDING: Final = 1e-6


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

    def __init__(self, buckets: Mapping[str, Bucket | None] | None = None) -> None:
        self._counters = Counters()
        self._limiter = FixedWindowRateLimiter(self._counters)
        self._buckets: Mapping[str, Bucket | None] = {**BUCKETS, **(buckets or {})}
        self._full_again: dict[tuple[str, str], float] = {}

    def take(self, bucket: str, who: str) -> float:
        """Take one out of somebody's bucket; 0 while there is one left, else how long until there is.

        Kept is the moment when the bucket will be full again (the generic cell rate algorithm), one number for each.
        """
        limit = self._buckets[bucket]
        if limit is None:
            return 0.0
        now, key = time.monotonic(), (bucket, who)
        full_again = max(now, self._full_again.pop(key, 0.0)) + 1 / limit.per_second
        wait = full_again - now - limit.burst / limit.per_second
        if wait > _ROUNDING:
            self._full_again[key] = full_again - 1 / limit.per_second
            return wait
        self._full_again[key] = full_again
        if len(self._full_again) > MOST:
            del self._full_again[next(iter(self._full_again))]
        return 0.0

    def wait(self, amount: int, seconds: int, *who: str) -> float:
        """Count once for these words; 0 while that is within `amount` in so many seconds, else how long to wait.

        An amount of 0 is no limit.
        """
        limit = RateLimitItemPerSecond(amount, seconds)
        if not amount or self._limiter.hit(limit, *who):
            return 0.0
        return max(1.0, self._counters.get_expiry(limit.key_for(*who)) - time.monotonic())


@lru_cache(4_096)
def networks_of(address: str) -> tuple[str, str] | None:
    """The subscriber behind an address and the network around it: /32 and /24, for IPv6 /64 and /48 (P-230).

    None for addresses that are not of the internet: this machine, a private network, or a proxy that nobody named in
    `trusted_proxies`, behind which everybody looks the same.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if not parsed.is_global:
        return None
    return source_of(address), str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


@lru_cache(4_096)
def source_of(address: str) -> str:
    """Whom an address belongs to: itself, for IPv6 its /64, which is what one subscriber has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(parsed if parsed.version == 4 else ip_network((parsed, _NETWORK), strict=False))
