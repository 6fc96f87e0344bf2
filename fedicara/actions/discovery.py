"""Finding people by handle or address; only for people who are signed in (SSRF-18)."""

import re
from urllib.parse import urlsplit

from fedicara.actions.authentication import Viewer
from fedicara.federation import actors
from fedicara.models import Actor
from fedicara.server import Server

HANDLE = re.compile(r"(?:acct:)?@?([\w.-]+)(?:@([\w.:-]+))?")


async def known(server: Server, text: str) -> Actor | None:
    """Somebody this server knows already; asks nobody. Who is suspended is not there."""
    found = await _known(server, text.strip())
    return found if found is not None and found.suspended is None else None


async def _known(server: Server, text: str) -> Actor | None:
    if "://" in text:
        return await _known_address(server, text)
    match = HANDLE.fullmatch(text)
    if match is None:
        return None
    domain = (match[2] or "").lower()
    local = domain in ("", server.settings.domain)
    found = await Actor.get_or_none(
        username=match[1].lower() if local else match[1], domain="" if local else domain
    )
    return found if found is None or not found.is_local or found.type != "Application" else None


async def _known_address(server: Server, address: str) -> Actor | None:
    path = urlsplit(address).path
    if address.startswith(server.settings.base_url + "/@"):
        return await Actor.get_or_none(username=path[2:].lower(), domain="")
    return await Actor.get_or_none(uri=address) or await Actor.get_or_none(url=address)


async def find(server: Server, viewer: Viewer, text: str) -> Actor | None:
    """Somebody here or anywhere; asks their server where they are not known."""
    found = await known(server, text)
    if found is not None:
        return found
    asks_elsewhere = "://" in text or "@" in text.strip().lstrip("@")
    found = await actors.by_handle(server, text.strip()) if asks_elsewhere else None
    return found if found is not None and found.suspended is None else None
