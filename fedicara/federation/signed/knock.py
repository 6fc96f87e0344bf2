"""Signed requests in the form that the other server takes: the usual one first, then once the other (F-330 to F-334)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from fedicara.federation.errors import NetworkError
from fedicara.federation.servers import hosts
from fedicara.federation.servers.hosts import Known
from fedicara.federation.signed import clocks
from fedicara.federation.signed.signing import CAVAGE, RFC9421, KeyPair, key_of, signs
from fedicara.models import Actor
from fedicara.network import Answer
from fedicara.server import Server

_REFUSED: Final = frozenset({400, 401, 403})
_OTHER: Final = {CAVAGE: RFC9421, RFC9421: CAVAGE}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request is signed."""

    scheme: str = CAVAGE
    strip_query: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What is posted."""

    url: str
    headers: Mapping[str, str]
    body: bytes


Ask = Callable[[Manner], Awaitable[Answer]]


async def post(server: Server, key: KeyPair, known: Known, letter: Letter) -> Answer:
    """POST with this key to a host of which this is known; `NetworkError` where no answer came (F-332)."""

    async def ask(manner: Manner) -> Answer:
        sign = signs(server, key, manner.scheme)
        return await server.network.post(letter.url, letter.headers, letter.body, sign)

    usual = Manner(known.post_scheme or known.usual)
    answer, manner = await _knock(ask, usual, replace(usual, scheme=_OTHER[usual.scheme]))
    clocks.compare(server, answer)
    if _is_success(answer):
        await hosts.remember(server, known, post_scheme=manner.scheme)
    return answer


async def get(server: Server, actor: Actor, url: str, headers: Mapping[str, str]) -> Answer:
    """GET as this local actor; `NetworkError` where no answer came (F-332, F-334)."""
    key, known = await key_of(server, actor), await hosts.known(server, url)

    async def ask(manner: Manner) -> Answer:
        sign = signs(server, key, manner.scheme, strip_query=manner.strip_query)
        return await server.network.get(url, headers, sign)

    usual = Manner(known.get_scheme or known.usual, known.strip_query)
    strips = "?" in url and not usual.strip_query
    other = replace(usual, strip_query=True) if strips else replace(usual, scheme=_OTHER[usual.scheme])
    answer, manner = await _knock(ask, usual, other)
    clocks.compare(server, answer)
    if _is_success(answer) and urlsplit(answer.url).netloc == known.host:
        await hosts.remember(server, known, get_scheme=manner.scheme, strip_query=manner.strip_query)
    return answer


async def _knock(ask: Ask, usual: Manner, other: Manner) -> tuple[Answer, Manner]:
    """Ask, and once more in the other manner where the first is refused; where both are, the first answer counts."""
    first = await ask(usual)
    if first.status not in _REFUSED:
        return first, usual
    try:
        second = await ask(other)
    except NetworkError:
        return first, usual
    return (first, usual) if second.status in _REFUSED or second.status >= 500 else (second, other)


def _is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300
