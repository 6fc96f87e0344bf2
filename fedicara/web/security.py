"""Headers of every answer: what a browser may do with it, and what the policy says about it (P-100)."""

from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedicara.reads import stated
from fedicara.server import Server
from fedicara.web.media_host import is_for_media
from policies.headers import fields, statement
from policies.policy import Policy

Headers = tuple[tuple[bytes, bytes], ...]

PAGE, API, ACTIVITYPUB, MEDIA, STATIC, OPEN = "page", "api", "activitypub", "media", "static", "open"
_PREFIXES = (
    ("/media/", MEDIA),
    ("/proxy/", MEDIA),
    ("/emoji/", MEDIA),
    ("/static/", STATIC),
    ("/api/", API),
    ("/oauth/", API),
    ("/.well-known/", OPEN),
    ("/nodeinfo/", OPEN),
    ("/policies/", OPEN),
    ("/robots.txt", OPEN),
    ("/license.xml", OPEN),
    ("/actor", ACTIVITYPUB),
    ("/inbox", ACTIVITYPUB),
    ("/objects/", ACTIVITYPUB),
    ("/activities/", ACTIVITYPUB),
    ("/projects/", ACTIVITYPUB),
    ("/fedicara/", ACTIVITYPUB),
)
_PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'{0}; media-src 'self'{0}; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
_DATA_CSP = "default-src 'none'; frame-ancestors 'none'"
_CSP = {
    PAGE: _PAGE_CSP,
    STATIC: _DATA_CSP,
    API: _DATA_CSP,
    ACTIVITYPUB: _DATA_CSP,
    OPEN: _DATA_CSP,
    MEDIA: _DATA_CSP + "; sandbox",
}
_BASE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_HSTS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}


@lru_cache(4_096)
def surface_of(path: str) -> str:
    """Which kind of answer a path gives."""
    return next((kind for prefix, kind in _PREFIXES if path.startswith(prefix)), PAGE)


class SecurityHeaders:
    """ASGI middleware; a header the handler set itself stays."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server
        self._made = lru_cache(4_096)(self._make)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the answer."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        kind = MEDIA if is_for_media(self.server.settings, scope) else surface_of(scope["path"])

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                # What is refused or absent is answered by the place's policy, which tells nothing of it (P-101).
                state = scope.get("state", {}) if message["status"] < 400 else {}
                policy = state.get("policy") or self.server.policy()
                made = self._made(kind, policy, state.get("licence_url"))
                given = message.setdefault("headers", [])
                known = {name for name, _ in given}
                given += [(name, value) for name, value in made if name not in known]
            await send(message)

        await self.app(scope, receive, with_headers)

    def _make(self, kind: str, policy: Policy, licence_url: str | None) -> Headers:
        settings = self.server.settings
        media = f" {settings.media_url}" if settings.media_url else ""
        headers = {
            **_BASE,
            "content-security-policy": _CSP[kind].format(media),
            **(_HSTS if settings.is_secure else {}),
        }
        if kind == MEDIA:
            headers["cross-origin-resource-policy"] = "cross-origin"
        if kind != STATIC:
            if kind in (PAGE, MEDIA):
                headers |= dict(fields(policy, settings.base_url, licence_url=licence_url, rsl=settings.rsl))
            else:
                headers |= dict(statement(policy, settings.base_url))
        return tuple((name.lower().encode(), value.encode("latin-1")) for name, value in headers.items())


class Stated:
    """ASGI middleware: what the place states is looked for again once a second, before anything is answered by it."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look, and go on."""
        await stated.look(self.server)
        await self.app(scope, receive, send)
