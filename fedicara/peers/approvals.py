"""Approvals of quotes at their ids, for those who may read what is quoted (F-252)."""

from starlette.requests import Request
from starlette.responses import Response

from activitypub.document import dumps
from fedicara.federation.said.approvals import document_of
from fedicara.federation.said.documents import WIDE
from fedicara.federation.signed.verify import Refusal
from fedicara.models import Approval
from fedicara.models.quotes import Consent
from fedicara.peers import answers, policies
from fedicara.peers.requests import asks_for_document, number, reader_of, server_of
from fedicara.reads.access import may_read


async def approval(request: Request) -> Response:
    """GET /approvals/ID; one that was withdrawn is as absent as one that never was."""
    server, reader = server_of(request), await reader_of(request)
    if isinstance(reader, Refusal):
        return answers.refused(reader)
    found = await Approval.get_or_none(id=number(request), state=Consent.GRANTED).prefetch_related(
        "work__actor"
    )
    if found is None or not await may_read(server, found.work, reader.id if reader else None, here=False):
        return answers.absent()
    if not asks_for_document(request):
        return answers.no_page() if found.work.visibility in WIDE else answers.absent()
    if reader is None and server.settings.authorized_fetch:
        return answers.unsigned()
    await policies.by_work(request, found.work)
    return answers.document(request, dumps(document_of(server, found)), private=reader is not None)
