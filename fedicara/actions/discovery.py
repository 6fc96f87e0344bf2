"""Finding people and works by handle or address; others are asked only for people who are signed in (SSRF-18)."""

import re
from typing import Final
from urllib.parse import urlsplit

import idna

from activitypub.actors import ACTOR_TYPES
from activitypub.document import id_of, same_origin, type_of
from fedicara.actions.authentication import Viewer
from fedicara.federation.errors import RemoteError
from fedicara.federation.fetched import actors, retrieve
from fedicara.federation.fetched.objects import is_own
from fedicara.federation.fetched.pages import fetch_linked
from fedicara.models import Actor, Work
from fedicara.reads.access import may_read
from fedicara.server import Server

HANDLE: Final = re.compile(r"(?:acct:)?@?([\w.-]{1,255})(?:@([\w.-]{1,253})(:[0-9]{1,5})?)?")
_PAGE: Final = re.compile(r"/@([\w.@:-]+)(?:/([0-9]{1,19}))?/?")

Found = Actor | Work | None


async def known(server: Server, text: str) -> Actor | None:
    """Somebody this server knows already; asks nobody. Who is suspended is not there."""
    found = await _known_address(server, text.strip()) if "://" in text else await _known_handle(server, text)
    return found if isinstance(found, Actor) and found.suspended is None else None


async def find(server: Server, viewer: Viewer, text: str) -> Found:
    """Somebody or a work, here or anywhere: by handle, by id, by page; their server is asked where they are not known.

    A work is found by those who may read it, and by nobody else; who is suspended is not there.
    """
    found = await (_at_address if "://" in text else _by_handle)(server, text.strip())
    if isinstance(found, Actor) and found.suspended is not None:
        return None
    if isinstance(found, Work) and not await may_read(server, found, viewer.actor.id):
        return None
    return found


async def find_person(server: Server, viewer: Viewer, text: str) -> Actor | None:
    """Somebody, here or anywhere."""
    found = await find(server, viewer, text)
    return found if isinstance(found, Actor) else None


async def _by_handle(server: Server, text: str) -> Found:
    found = await _known_handle(server, text)
    handle = _handle(server, text)
    if found is not None or handle is None or not handle[1]:
        return found
    return await actors.by_handle(server, "@".join(handle))


async def _known_handle(server: Server, text: str) -> Actor | None:
    handle = _handle(server, text)
    if handle is None:
        return None
    name, domain = handle
    found = await Actor.get_or_none(username=name if domain else name.lower(), domain=domain)
    return found if found is None or not found.is_local or found.type != "Application" else None


def _handle(server: Server, text: str) -> tuple[str, str] | None:
    """Name and domain, the domain in ASCII (DISC-03) and empty for this place; None where it is no handle."""
    match = HANDLE.fullmatch(text.strip())
    if match is None:
        return None
    try:
        domain = _ascii(match[2]) + (match[3] or "") if match[2] else ""
    except idna.IDNAError:
        return None
    return match[1], "" if domain == server.settings.domain else domain


def _ascii(domain: str) -> str:
    """A domain as people type it, as names are kept and shown here."""
    typed = domain.rstrip(".").lower()
    return typed if typed.isascii() else idna.encode(typed, uts46=True).decode()


async def _at_address(server: Server, text: str) -> Found:
    address = id_of(text)
    found = await _known_address(server, address or "")
    if found is not None or address is None or is_own(server, address):
        return found
    try:
        document = await fetch_linked(server, address)
        if type_of(document, ACTOR_TYPES):
            return await actors.store(server, actors.parse(document))
        return await retrieve.stated(server, document)
    except RemoteError:
        return None


async def _known_address(server: Server, address: str) -> Found:
    """By id, or by the address of a page."""
    if is_own(server, address) and (page := _PAGE.fullmatch(urlsplit(address).path)):
        name, number = page[1], page[2]
        if number:
            return await Work.get_or_none(id=min(int(number), 2**63 - 1))
        return await _known_handle(server, name)
    work = await Work.get_or_none(uri=address)
    return work or await Actor.get_or_none(uri=address) or await _owner_of(address)


async def _owner_of(page: str) -> Actor | None:
    """Whose page that is; nobody is found under a page of another host, whatever they state."""
    stated = await Actor.filter(url=page)
    return next((actor for actor in stated if same_origin(actor.uri, page)), None)
