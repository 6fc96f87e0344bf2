"""Signed requests in the form that the other server takes: draft-cavage first, then once RFC 9421 (F-330 to F-334)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from fedicara.federation.http import NetworkError
from fedicara.federation.signing import CAVAGE, RFC9421, signer
from fedicara.models import Actor, Host
from fedicara.server import Answer, Server

KEPT: Final = timedelta(days=30)
_TOUCHED: Final = timedelta(days=1)
_REFUSED: Final = frozenset({400, 401, 403})
_OTHER: Final = {CAVAGE: RFC9421, RFC9421: CAVAGE}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request is signed."""

    scheme: str = CAVAGE
    strip_query: bool = False


Ask = Callable[[Manner], Awaitable[Answer]]


async def post(server: Server, actor: Actor, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """POST as this local actor; `NetworkError` where no answer came (F-332)."""

    async def ask(manner: Manner) -> Answer:
        return await server.network.post(url, headers, body, await signer(server, actor, manner.scheme))

    known = await _known(server, url)
    usual = Manner(known.post_scheme or CAVAGE)
    answer, manner = await _knock(ask, usual, replace(usual, scheme=_OTHER[usual.scheme]))
    if _is_success(answer):
        await _remember(server, known, post_scheme=manner.scheme)
    return answer


async def get(server: Server, actor: Actor, url: str, headers: Mapping[str, str]) -> Answer:
    """GET as this local actor; `NetworkError` where no answer came (F-332, F-334)."""

    async def ask(manner: Manner) -> Answer:
        sign = await signer(server, actor, manner.scheme, strip_query=manner.strip_query)
        return await server.network.get(url, headers, sign)

    known = await _known(server, url)
    usual = Manner(known.get_scheme or CAVAGE, known.strip_query)
    strips = "?" in url and not usual.strip_query
    other = replace(usual, strip_query=True) if strips else replace(usual, scheme=_OTHER[usual.scheme])
    answer, manner = await _knock(ask, usual, other)
    if _is_success(answer) and urlsplit(answer.url).netloc == known.host:
        await _remember(server, known, get_scheme=manner.scheme, strip_query=manner.strip_query)
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


async def _known(server: Server, url: str) -> Host:
    """What is remembered of the host, or a row not kept yet; what is older than 30 days is forgotten (F-330)."""
    name, now = urlsplit(url).netloc[:255], server.now()
    known = await Host.get_or_none(host=name)
    return known if known is not None and now - known.seen < KEPT else Host(host=name, seen=now)


async def _remember(server: Server, known: Host, **manner: str | bool) -> None:
    """Keep what worked; servers that take the usual manner need no row, those that stay the same one write a day."""
    usual = {"post_scheme": CAVAGE, "get_scheme": CAVAGE, "strip_query": False}
    changed = {
        name: value for name, value in manner.items() if (getattr(known, name) or usual[name]) != value
    }
    is_kept = known._saved_in_db
    if not changed and (not is_kept or server.now() - known.seen < _TOUCHED):
        return
    known.update_from_dict({**manner, "seen": server.now()})
    async with server.database.transaction():
        await Host.filter(seen__lt=server.now() - KEPT).delete()
        await Host.bulk_create([known], on_conflict=["host"], update_fields=[*manner, "seen"])
