"""The guard: signed requests of rejected hosts get 403 whatever they ask for (F-306, AUD-07)."""

from starlette.types import ASGIApp, Receive, Scope, Send

from fedicara.federation.signed.verify import refused
from fedicara.peers import answers
from fedicara.server import Server

_SIGNED = frozenset({b"signature", b"signature-input"})


class Guard:
    """ASGI middleware; who does not sign is not looked at."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] == "http":
            signed = {
                name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _SIGNED
            }
            refusal = await refused(self.server, signed) if signed else None
            if refusal is not None:
                return await answers.refused(refusal)(scope, receive, send)
        await self.app(scope, receive, send)
