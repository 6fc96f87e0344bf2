"""Finding actors by their handle (F-270 to F-272)."""

from functools import lru_cache, partial

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from activitypub import webfinger
from activitypub.document import dumps
from activitypub.errors import MalformedDocument
from fedicara.federation.said.instance import instance_actor
from fedicara.models.database import Row
from fedicara.peers.answers import tagged
from fedicara.peers.requests import server_of
from fedicara.server import Server

_COLUMNS = (
    "SELECT id, uri, username, type, revision, icon FROM actors WHERE domain = '' AND suspended IS NULL"
)
_BY_NAME = f"{_COLUMNS} AND username = $1"
_BY_URI = f"{_COLUMNS} AND uri = $1"


def _headers() -> dict[str, str]:
    return {"access-control-allow-origin": "*", "cache-control": "public, max-age=300"}


async def finger(request: Request) -> Response:
    """GET /.well-known/webfinger"""
    server = server_of(request)
    try:
        wanted = _wanted(request.scope["query_string"])
    except MalformedDocument as error:
        return _problem(400, str(error))
    body = await server.recently(("webfinger", wanted), partial(_found, server, wanted))
    if body is None:
        return _problem(404, "There is nobody of that name here.")
    return tagged(request, body, webfinger.JRD_JSON, _headers())


@lru_cache(maxsize=256)
def _wanted(query: bytes) -> webfinger.Account | str:
    resources = QueryParams(query).getlist("resource")
    if len(resources) != 1:
        raise MalformedDocument("Give one resource, as acct:name@domain or a URL.")
    return webfinger.parse_resource(resources[0])


async def _found(server: Server, wanted: webfinger.Account | str) -> bytes | None:
    row = await _row(server, wanted)
    return None if row is None else dumps(_descriptor(server, row))


def _problem(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status, _headers() | {"cache-control": "no-store"})


async def _row(server: Server, wanted: webfinger.Account | str) -> Row | None:
    """Who is asked for: a handle of this domain, or the address of an actor or of their page."""
    settings = server.settings
    if isinstance(wanted, str):
        prefix = server.url("/@")
        if wanted.startswith(prefix):
            return await server.database.row(_BY_NAME, wanted.removeprefix(prefix).lower())
        return await server.database.row(_BY_URI, wanted)
    if wanted.domain not in (settings.domain, settings.host):
        return None
    if wanted.name == settings.host:
        await instance_actor(server)
    return await server.database.row(_BY_NAME, wanted.name)


def _descriptor(server: Server, row: Row) -> dict[str, object]:
    subject = f"acct:{row['username']}@{server.settings.domain}"
    if row["type"] == "Application":
        return webfinger.jrd(subject, [row["uri"]], webfinger.links(row["uri"]))
    page = server.url(f"/@{row['username']}")
    template = server.url("/authorize_interaction?uri={uri}")
    links = webfinger.links(row["uri"], page, row["icon"] or None, template)
    return webfinger.jrd(subject, [page, row["uri"]], links)


async def host_meta(request: Request) -> Response:
    """GET /.well-known/host-meta"""
    text = webfinger.host_meta(server_of(request).settings.base_url)
    return Response(text, headers=_headers(), media_type=webfinger.XRD_XML)


async def host_meta_json(request: Request) -> Response:
    """GET /.well-known/host-meta.json"""
    document = webfinger.host_meta_json(server_of(request).settings.base_url)
    return Response(dumps(document), headers=_headers(), media_type=webfinger.JRD_JSON)
