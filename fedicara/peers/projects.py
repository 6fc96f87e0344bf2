"""Projects at their ids, with those of their works that the reader may read (F-082, F-300)."""

from starlette.requests import Request
from starlette.responses import Response

from activitypub import projects
from activitypub.document import dumps
from fedicara.federation.said.projects import stated
from fedicara.federation.signed.verify import Refusal
from fedicara.identifiers import identifier
from fedicara.models import Actor
from fedicara.peers import answers, policies
from fedicara.peers.requests import asks_for_document, number, reader_of, server_of
from fedicara.reads import projects as reads
from fedicara.reads.access import is_for_all, may_read, sees
from fedicara.reads.projects import ProjectView


async def project(request: Request) -> Response:
    """GET /projects/ID; `?after=N` is the page that begins after N items."""
    server, path = server_of(request), f"/projects/{number(request)}"
    reader = await reader_of(request)
    if isinstance(reader, Refusal):
        return answers.refused(reader)
    found = await reads.project(server, number(request))
    if found is None or found.uri != server.url(path):
        return await answers.gone_or_absent(server, path)
    refusal = await _refusal(request, found, reader)
    if refusal is not None:
        return refusal
    await _by_project(request, found)
    value = await stated(server, found, reader.id if reader else None)
    start = identifier(request.query_params.get("after", ""))
    document = projects.render(value) if start is None else projects.page(value, start)
    return answers.document(request, dumps(document), private=reader is not None)


async def _refusal(request: Request, found: ProjectView, reader: Actor | None) -> Response | None:
    """Why the reader does not get the project, if they do not."""
    server, is_wide = server_of(request), is_for_all(found)
    if not asks_for_document(request):
        return await _page(request, found) if is_wide else answers.absent()
    if reader is None and is_wide:
        is_open = not server.settings.authorized_fetch and await sees(server, None, found.actor_id)
        return None if is_open else answers.unsigned()
    may = reader is not None and await may_read(server, found, reader.id, here=False)
    return None if may else answers.absent()


async def _page(request: Request, found: ProjectView) -> Response:
    await _by_project(request, found)
    return answers.page(found.url)


async def _by_project(request: Request, found: ProjectView) -> None:
    await policies.by_artist(request, found.actor_id, public=is_for_all(found))
