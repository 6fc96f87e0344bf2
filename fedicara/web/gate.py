"""The gate: crawlers that the policy refuses get 403 on pages and pictures, and nothing else is touched (P-207)."""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fedicara.server import Server
from policies.crawlers import TABLE, Matcher
from policies.headers import fields
from policies.verdict import Refuse, Surface, refusal_text, verdict

EXEMPT = re.compile(
    r"/(actors|objects|activities|inbox|actor|contexts|projects|fedicara)(/|$)|/\.well-known/|/nodeinfo/|/api/|/oauth/|/static/"
    r"|/robots\.txt$|/policies/|/ai-policy$|/sitemap\.xml$|/favicon\.ico$|/health$"
)
MEDIA = ("/media/", "/proxy/")


class Gate:
    """ASGI middleware; the table is asked once per request, over the User-Agent alone."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server
        self.matcher = Matcher(TABLE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 403 with the reason and the way to the policy."""
        if scope["type"] != "http" or EXEMPT.match(scope["path"]):
            return await self.app(scope, receive, send)
        crawler = self.matcher.match(Request(scope).headers.get("user-agent", ""))
        if crawler is None:
            return await self.app(scope, receive, send)
        policy = self.server.policy()
        surface = Surface("media") if scope["path"].startswith(MEDIA) else Surface("html")
        judged = verdict(policy, crawler, surface)
        if isinstance(judged, Refuse):
            return await self._refusal(judged)(scope, receive, send)
        return await self.app(scope, receive, send)

    def _refusal(self, refused: Refuse) -> Response:
        base_url = self.server.settings.base_url
        headers = dict(fields(self.server.policy(), base_url))
        headers["Cache-Control"] = "no-store"
        return PlainTextResponse(refusal_text(refused.field, base_url), status_code=403, headers=headers)
