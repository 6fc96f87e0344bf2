"""What runs here, and how many people use it (F-275, F-276)."""

from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from activitypub import nodeinfo
from activitypub.document import dumps
from fedicara.peers.requests import server_of
from fedicara.reads import ai_made
from fedicara.server import Server
from policies.documents import nodeinfo as policy_metadata

_HEADERS: Final = {"access-control-allow-origin": "*", "cache-control": "public, max-age=1800"}
_USERS: Final = "SELECT count(*) AS n FROM accounts"
_ACTIVE: Final = """
SELECT count(DISTINCT w.actor_id) AS n FROM works w JOIN accounts c ON c.actor_id = w.actor_id WHERE w.id > $1"""
_POSTS: Final = """
SELECT count(*) AS n FROM works w JOIN accounts c ON c.actor_id = w.actor_id WHERE w.state = 'published'"""


async def well_known(request: Request) -> Response:
    """GET /.well-known/nodeinfo"""
    return JSONResponse(nodeinfo.well_known(server_of(request).settings.base_url), headers=_HEADERS)


async def document(request: Request) -> Response:
    """GET /nodeinfo/2.0 and /nodeinfo/2.1"""
    stated = request.path_params["version"]
    if stated not in nodeinfo.VERSIONS:
        return JSONResponse({"error": "The versions are 2.0 and 2.1."}, 404, _HEADERS)
    server = server_of(request)
    software = nodeinfo.Software("fedicara", version("fedicara"))
    found = nodeinfo.document(stated, software, await _usage(server), False, await _metadata(server))
    answer = Response(dumps(found), headers=_HEADERS)
    answer.headers["content-type"] = nodeinfo.content_type(stated)
    return answer


async def _usage(server: Server) -> nodeinfo.Usage:
    now = server.now()
    return nodeinfo.Usage(
        users=await _count(server, _USERS),
        active_month=await _count(server, _ACTIVE, _first_id(now - timedelta(days=30))),
        active_half_year=await _count(server, _ACTIVE, _first_id(now - timedelta(days=180))),
        posts=await _count(server, _POSTS),
    )


async def _count(server: Server, sql: str, *values: int) -> int:
    row = await server.database.row(sql, *values)
    return int(row["n"]) if row else 0


def _first_id(moment: datetime) -> int:
    """The smallest id that was made at that time (F-002)."""
    return int(moment.timestamp() * 1000) << 16


async def _metadata(server: Server) -> dict[str, object]:
    settings, made = server.settings, (await ai_made.rules(server)).stated
    return {
        **policy_metadata(server.policy(), server.bounds().floor, settings.base_url, ai_made=made),
        "nodeName": settings.place,
        "nodeDescription": settings.description,
        "federation": "allowlist" if settings.federation == "allowlist" else "open",
    }
