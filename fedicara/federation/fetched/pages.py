"""Pages for people on other servers: the documents they are the pages of (F-351)."""

from typing import Final

from activitypub import pages
from activitypub.document import Document
from fedicara.federation.errors import Gone, Missing, Unbelievable, Unreachable
from fedicara.federation.fetched.objects import fetch_object, is_own, without_fragment
from fedicara.federation.network.http import NetworkError
from fedicara.server import Server

_HTML: Final = ("text/html", "application/xhtml+xml")


async def fetch_linked(server: Server, address: str) -> Document:
    """The document at an address, or the one that the page there names: one hop, for a person's search alone."""
    try:
        return await fetch_object(server, address)
    except (Gone, Missing, Unbelievable) as error:
        linked = await _linked(server, without_fragment(address))
        if linked is None:
            raise error
    return await fetch_object(server, linked)


async def _linked(server: Server, address: str) -> str | None:
    if is_own(server, address):
        return None
    try:
        answer = await server.network.get(address, {"Accept": "text/html"})
    except NetworkError as error:
        raise Unreachable(error.reason) from error
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or media_type not in _HTML:
        return None
    # Whatever the page's own coding, addresses are ASCII, so nothing that counts is lost.
    return pages.alternate(answer.body[: pages.MAX_HTML].decode("utf-8", "replace"), answer.url)
