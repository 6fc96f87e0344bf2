"""Style sheet and scripts, read once, served from memory under an address that changes with them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fedicara.web.shapes import style_sheet

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    media_type: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """Every file of the folder by name; the style sheet ends with the classes of `shapes`."""
    return {path.name: _asset(path) for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    if path.suffix == ".css":
        body += style_sheet().encode()
    return Asset(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:12])


def address(name: str) -> str:
    """The address of a file, with its version."""
    return f"/static/{name}?v={assets()[name].version}"


async def static(request: Request) -> Response:
    """GET /static/NAME: kept for a year under its version, asked about again without one."""
    asset = assets().get(request.path_params["name"])
    if asset is None:
        raise HTTPException(404)
    etag = f'"{asset.version}"'
    current = request.query_params.get("v") == asset.version
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={_YEAR}, immutable" if current else "public, max-age=300",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)
