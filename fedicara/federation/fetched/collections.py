"""Collections of other servers, read page by page within bounds (F-266, F-356, DOS-06)."""

from collections.abc import AsyncIterator
from typing import Any

from activitypub import collections
from activitypub.collections import MAX_ITEMS, MAX_PAGES
from activitypub.document import Document, id_of, same_origin
from fedicara.federation.errors import RemoteError
from fedicara.federation.fetched.objects import fetch_object
from fedicara.server import Server


async def items_of(
    server: Server, holder: str, stated: Any, *, pages: int = MAX_PAGES, most: int = MAX_ITEMS
) -> list[Any]:
    """The items of a collection that the document `holder` states, by its address or embedded, each once.

    A collection is on its holder's host and its pages are too. Where a page cannot be read or a bound is reached, what
    was found so far is all there is.
    """
    found: dict[str, Any] = {}
    try:
        async for page in _pages(server, holder, stated, pages):
            for item in collections.items_of(page):
                found.setdefault(id_of(item) or "", item)
            found.pop("", None)
            if len(found) >= most:
                break
    except RemoteError:
        pass
    return list(found.values())[:most]


async def _pages(server: Server, holder: str, stated: Any, most: int) -> AsyncIterator[Document]:
    """At most so many documents, no address twice; one that is embedded costs nothing."""
    address, seen = id_of(stated), set[str]()
    if collections.is_embedded(stated):
        yield stated
        seen.add(address or "")
        address = collections.next_of(stated, holder)
    for _ in range(most):
        if address is None or address in seen or not same_origin(address, holder):
            return
        page = await fetch_object(server, address)
        if not collections.is_collection(page):
            return
        seen |= {address, id_of(page) or ""}
        yield page
        address = collections.next_of(page, holder)
