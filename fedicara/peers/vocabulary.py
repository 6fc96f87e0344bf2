"""Our own terms at the address of their namespace: the context for software, a page for people (F-421)."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from activitypub.document import dumps
from activitypub.names import FEDICARA, LD_JSON, OWN_CONTEXT
from fedicara.peers import answers
from fedicara.peers.requests import asks_for_document, server_of

PATH: Final = urlsplit(FEDICARA).path
_CONTEXT: Final = dumps({"@context": OWN_CONTEXT})


async def terms(request: Request) -> Response:
    """GET /fedicara/ns, which the namespace leads to once it is registered."""
    if not asks_for_document(request):
        return answers.page(server_of(request).url("/vocabulary"))
    return answers.tagged(
        request, _CONTEXT, LD_JSON, {"cache-control": "public, max-age=86400", "vary": "Accept"}
    )
