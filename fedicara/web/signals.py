"""What a work says about AI use, exactly as it is sent: the page behind the line on the work's own page."""

from starlette.requests import Request
from starlette.responses import Response

from fedicara.web.policy import signals
from fedicara.web.session import server_of
from fedicara.web.templates import page
from fedicara.web.works import readable
from policies import documents, words
from policies.ai_made import Declaration
from policies.licences import LICENCES
from policies.metadata import marks, training_mining


async def shown(request: Request) -> Response:
    """GET /@NAME/ID/signals: in words, in headers and tags, in posts for other servers, in files."""
    server, found = server_of(request), await readable(request)
    request.state.policy, base_url = found.policy, server.settings.base_url
    licence = LICENCES.get(found.licence)
    request.state.licence_url = licence.url if licence else None
    declared = Declaration(found.ai) if found.ai else None
    values = {
        "work": found,
        "explanation": words.explanation(found.policy),
        "signals": signals(server, found.policy),
        "terms": documents.terms(found.policy, base_url),
        "entries": training_mining(found.policy) if server.certificate else {},
        "marks": marks(
            found.policy,
            base_url,
            declaration=declared,
            creator=found.actor.display_name,
            licence_url=request.state.licence_url,
        ),
    }
    return page(request, "signals.html", values)
