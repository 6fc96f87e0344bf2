"""What a work said before it was edited, for whoever may read it (F-205)."""

from starlette.requests import Request
from starlette.responses import Response

from fedicara.reads import history
from fedicara.web.session import server_of
from fedicara.web.templates import page
from fedicara.web.works import readable


async def versions(request: Request) -> Response:
    """GET /@NAME/ID/versions: the present one first, then back in time."""
    found = await readable(request)
    request.state.policy = found.policy
    earlier = await history.earlier(server_of(request), found.id)
    shown = [history.present(found), *reversed(earlier)]
    return page(request, "versions.html", {"work": found, "versions": shown})
