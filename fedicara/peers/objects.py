"""Posts and activities at their ids, for those who may read them (F-300 to F-305)."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedicara.federation.heard.posts import addressed
from fedicara.federation.said.deliver import body_of, is_silenced
from fedicara.federation.said.documents import WIDE, note_bytes
from fedicara.federation.servers import standing
from fedicara.federation.servers.standing import LARGE
from fedicara.federation.signed.verify import Refusal
from fedicara.models import Activity, Actor, Work
from fedicara.peers import answers, policies
from fedicara.peers.requests import asks_for_document, number, reader_of, server_of
from fedicara.reads.access import may_read, sees
from fedicara.server import Server
from policies.policy import AnonymousMedia


async def post(request: Request) -> Response:
    """GET /objects/ID"""
    server, path = server_of(request), f"/objects/{number(request)}"
    reader = await reader_of(request)
    if isinstance(reader, Refusal):
        return answers.refused(reader)
    work = await Work.get_or_none(uri=server.url(path), state="published")
    if work is None:
        return await answers.gone_or_absent(server, path)
    refusal = await _refusal(request, work, reader)
    if refusal is not None and refusal.status_code == 404:
        # Looked for among the dead as well, so that it takes as long as one that never was (AUD-03).
        return await answers.gone_or_absent(server, path)
    if refusal is not None:
        return refusal
    await policies.by_work(request, work)
    size = await standing.size_of(server, work, reader)
    return answers.document(request, await note_bytes(server, work, size), private=reader is not None)


async def _refusal(request: Request, work: Work, reader: Actor | None) -> Response | None:
    """Why the reader does not get the work's document, if they do not."""
    server, is_wide = server_of(request), work.visibility in WIDE
    if not asks_for_document(request):
        return await _page(request, work) if is_wide else answers.absent()
    if reader is None and is_wide:
        return None if await _is_open(server, work) else answers.unsigned()
    may = reader is not None and await may_read(server, work, reader.id, here=False)
    return None if may else answers.absent()


async def _page(request: Request, work: Work) -> Response:
    await policies.by_work(request, work)
    return answers.page(work.url)


async def _is_open(server: Server, work: Work) -> bool:
    """Whether a work is read without a signature: not where its artist shows visitors nothing, or no picture (P-246)."""
    if server.settings.authorized_fetch or not await sees(server, None, work.actor_id):
        return False
    return (await standing.policy_of(server, work)).anonymous_media is not AnonymousMedia.NONE


async def activity(request: Request) -> Response:
    """GET /activities/ID, under the rules of what it is about."""
    server = server_of(request)
    reader = await reader_of(request)
    if isinstance(reader, Refusal):
        return answers.refused(reader)
    said = await Activity.get_or_none(id=number(request)).prefetch_related("actor", "work")
    size = await standing.size_of(server, said.work, reader) if said is not None and said.work else LARGE
    body = await body_of(server, said, size) if said is not None else None
    if said is None or body is None or is_silenced(said) or _is_taken_down(said):
        return answers.absent()
    if said.work is not None:
        refusal = await _refusal(request, said.work, reader)
    else:
        refusal = await _refusal_of_words(request, said, body, reader)
    if refusal is not None:
        return refusal
    if said.work is not None:
        await policies.by_work(request, said.work)
    else:
        await policies.by_artist(request, said.actor.id)
    return answers.document(request, body, private=reader is not None)


def _is_taken_down(said: Activity) -> bool:
    return said.work is not None and said.work.state != "published"


async def _refusal_of_words(
    request: Request, said: Activity, body: bytes, reader: Actor | None
) -> Response | None:
    """An activity about no work is for those it names, or for every server where it is public."""
    if reader is None:
        return _unsigned_words(request, said)
    if reader.uri in addressed(orjson.loads(body)):
        return None
    may = said.public and await sees(server_of(request), reader.id, said.actor.id)
    return None if may else answers.absent()


def _unsigned_words(request: Request, said: Activity) -> Response | None:
    server: Server = server_of(request)
    if not said.public:
        return answers.absent()
    if not asks_for_document(request):
        return answers.no_page()
    return answers.unsigned() if server.settings.authorized_fetch else None
