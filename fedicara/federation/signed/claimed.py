"""Whether who uses a crawler's name comes from its operator: by published addresses, by host names (P-241, P-242)."""

import asyncio
import socket
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from anyio.to_thread import run_sync

from fedicara.federation.network.http import NetworkError
from fedicara.models import AddressList
from fedicara.server import Server
from policies.addresses import MOST_BYTES, contains, read
from policies.crawlers import Crawler
from policies.errors import PolicyError

FRESH: Final = timedelta(days=3)
_SECONDS: Final = 60.0
_NAME_SECONDS: Final = 3600.0
_PATIENCE: Final = 5.0
_ADDRESSES, _NAMES, _WITHIN = "ip:", "rdns:", "claimed within"


async def check(server: Server, crawler: Crawler, address: str) -> bool | None:
    """True where the claim holds, False where it does not, None where nobody can say: not asked, no list, a stale one."""
    settings, verify = server.settings, crawler.verify
    if verify.startswith(_ADDRESSES) and settings.verify_addresses:
        source = verify.removeprefix(_ADDRESSES)
        return await server.lately(
            (_WITHIN, source, address), _SECONDS, partial(_is_listed, server, source, address)
        )
    if verify.startswith(_NAMES) and settings.verify_names:
        return await _is_named(server, verify.removeprefix(_NAMES), address)
    return None


async def _is_listed(server: Server, source: str, address: str) -> bool | None:
    found = await AddressList.get_or_none(source=source)
    if found is None or found.read is None or found.read < server.now() - FRESH:
        return None
    return await run_sync(contains, found.networks, address)


async def refresh(server: Server, table: Iterable[Crawler]) -> None:
    """Read every list that a row names; one that cannot be read stays as it was until it is stale."""
    sources = {row.verify.removeprefix(_ADDRESSES) for row in table if row.verify.startswith(_ADDRESSES)}
    for source in sorted(sources):
        known = await AddressList.get_or_none(source=source) or AddressList(source=source)
        try:
            known.networks = list(await run_sync(read, await _body(server, source)))
            known.read, known.failure = server.now(), ""
        except (NetworkError, PolicyError, OSError) as error:
            known.failure = str(error)[:500]
        async with server.database.transaction(seen=False):
            await known.save()


async def _body(server: Server, source: str) -> bytes:
    """The bytes of a list: a file where the source is a whole path, else an address of the web."""
    if source.startswith("/"):
        return await run_sync(_from_file, source)
    answer = await server.network.get(f"https://{source}", {"Accept": "application/json"}, limit=MOST_BYTES)
    if answer.status != 200:
        raise PolicyError("list", f"it answered {answer.status}")
    return answer.body


def _from_file(source: str) -> bytes:
    with Path(source).open("rb") as file:
        return file.read(MOST_BYTES + 1)


async def _is_named(server: Server, suffix: str, address: str) -> bool | None:
    """Whether the address has a name below the suffix that leads back to it; the first request is not kept waiting."""
    key = ("claimed name", suffix, address)
    known = server.lately_made.get(key)
    if known is None:
        await server.lately(key, _PATIENCE, _unknown)
        task = asyncio.create_task(_look_up(server, key, suffix, address))
        server.errands.add(task)
        task.add_done_callback(server.errands.discard)
        return None
    return await server.lately(key, _PATIENCE, partial(_expired, server, key))


async def _unknown() -> bool | None:
    return None


async def _expired(server: Server, key: tuple[str, str, str]) -> bool | None:
    """An answer that is too old counts no longer, and is looked up again by the next request."""
    asyncio.get_running_loop().call_soon(server.forget, *key)
    return None


async def _look_up(server: Server, key: tuple[str, str, str], suffix: str, address: str) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            truth: bool | None = await _leads_back(server, suffix, address)
    except (OSError, TimeoutError):
        truth = None  # A resolver that is away refuses nobody.
    server.forget(*key)
    await server.lately(key, _NAME_SECONDS if truth is not None else _PATIENCE, partial(_itself, truth))


async def _itself(truth: bool | None) -> bool | None:
    return truth


async def _leads_back(server: Server, suffix: str, address: str) -> bool:
    name = await _name_of(server, address)
    if name != suffix and not name.endswith(f".{suffix}"):
        return False
    own = server.settings.egress_hosts.get(name)
    return address in ([own] if own is not None else await _addresses_of(name))


async def _name_of(server: Server, address: str) -> str:
    """The name of an address: what the settings say, else the resolver; empty where it has none."""
    own = next((name for name, stated in server.settings.egress_hosts.items() if stated == address), "")
    if own:
        return own
    try:
        name, _ = await asyncio.get_running_loop().getnameinfo((address, 0), socket.NI_NAMEREQD)
    except socket.gaierror as error:
        if error.errno == socket.EAI_NONAME:
            return ""
        raise
    return name.rstrip(".").lower()


async def _addresses_of(name: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]
