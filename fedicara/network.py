"""What the one door to other servers promises, and what comes back through it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What another server answered: the address that answered in the end, headers in lower case, whole body."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class Sign(Protocol):
    """Makes the headers that sign one request; asked again for every hop."""

    def __call__(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]: ...


class Network(Protocol):
    """The one door to other servers; `federation.network.http.Door` is it."""

    async def get(
        self,
        url: str,
        headers: Mapping[str, str],
        sign: Sign | None = None,
        limit: int = 1 << 20,
        *,
        hops: int = 3,
    ) -> Answer:
        """Follow at most so many redirects; `NetworkError` where no answer came."""
        ...

    async def look(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        sign: Sign | None = None,
        limit: int = 1 << 20,
    ) -> Answer:
        """One GET or HEAD; redirects are answers, and a body beyond `limit` is cut."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, sign: Sign) -> Answer:
        """One request, redirects are answers."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...
