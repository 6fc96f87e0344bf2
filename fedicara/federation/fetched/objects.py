"""Learning what is elsewhere: only what its own server says of it is believed (F-340 to F-350)."""

from collections.abc import Mapping
from typing import Final

from activitypub.document import Document, id_of, ids, loads, same_origin, type_of
from activitypub.errors import MalformedDocument
from activitypub.names import ACCEPT, is_activity_type
from fedicara.federation.errors import Gone, Missing, Unbelievable, Unreachable
from fedicara.federation.network.http import NetworkError, RefusedError
from fedicara.federation.said.instance import instance_actor
from fedicara.federation.servers import unread
from fedicara.federation.signed import knock
from fedicara.models import Actor
from fedicara.network import Answer
from fedicara.server import Server

_FOR_THE_MOMENT: Final = frozenset({408, 425, 429})
_GONE: Final = 410
_MISSING: Final = 404


def is_own(server: Server, address: str) -> bool:
    """Whether an address is one of this server's."""
    return same_origin(address, server.settings.base_url)


def without_fragment(address: str) -> str:
    """The address that is asked for."""
    return address.partition("#")[0]


async def fetch_object(server: Server, uri: str, *, reader: Actor | None = None) -> Document:
    """The document whose id is this address, as its own server states it, or `RemoteError`."""
    return (await fetch_answer(server, uri, reader=reader))[0]


async def fetch_answer(
    server: Server, uri: str, *, reader: Actor | None = None
) -> tuple[Document, Mapping[str, str]]:
    """The same with the header fields it came with.

    Believed only where the id is the address that answered in the end and the author lives on the same origin. An id
    that names another address is asked there, once (ORI-01, ORI-03).
    """
    final, document, headers = await _read(server, uri, reader)
    stated = id_of(document)
    if stated is None:
        raise Unbelievable("no id")
    if without_fragment(stated) != final:
        final, document, headers = await _read(server, stated, reader)
        stated = id_of(document)
        if stated is None or without_fragment(stated) != final:
            raise Unbelievable("id is not its address")
    _check_author(document, stated)
    if type_of(document, {"Tombstone"}):
        raise Gone("tombstone")
    return document, headers


def _check_author(document: Document, stated: str) -> None:
    authors = [author for name in ("attributedTo", "actor") for author in ids(document.get(name))]
    if not all(same_origin(author, stated) for author in authors):
        raise Unbelievable("author on another host")


async def _read(server: Server, uri: str, reader: Actor | None) -> tuple[str, Document, Mapping[str, str]]:
    """The address that answered in the end, in canonical form, its document and the header fields."""
    address = id_of(uri)
    if address is None or is_own(server, address):
        raise Unbelievable("address")
    asked = without_fragment(address)
    if reader is None:
        await unread.check(server, asked)
    answer = await _ask(server, asked, reader)
    if reader is None:
        await unread.answered(server, asked, answer.status)
    _check_status(answer.status)
    final = id_of(answer.url)
    if final is None or is_own(server, final) or not is_activity_type(answer.headers.get("content-type", "")):
        raise Unbelievable("content type")
    try:
        return final, loads(answer.body), answer.headers
    except MalformedDocument as error:
        raise Unbelievable("malformed") from error


async def _ask(server: Server, address: str, reader: Actor | None) -> Answer:
    try:
        return await knock.get(server, reader or await instance_actor(server), address, {"Accept": ACCEPT})
    except RefusedError as error:
        raise Unbelievable(error.reason) from error
    except NetworkError as error:
        raise Unreachable(error.reason) from error


def _check_status(status: int) -> None:
    if status == _GONE:
        raise Gone(str(status))
    if status == _MISSING:
        raise Missing(str(status))
    if status in _FOR_THE_MOMENT or status >= 500:
        raise Unreachable(str(status))
    if status != 200:
        raise Unbelievable(str(status))
