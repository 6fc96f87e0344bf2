"""Who asks, as far as the gate wants to know: what the request says of itself, and whether that is true."""

from dataclasses import dataclass
from functools import partial

from starlette.requests import cookie_parser
from starlette.types import Scope

from fedicara.actions import authentication
from fedicara.federation.signed.signatures import received
from fedicara.federation.signed.verify import Refusal, reader
from fedicara.rates import networks_of
from fedicara.server import Server

_SECONDS = 60.0
_TOLD = frozenset(
    {b"user-agent", b"cookie", b"authorization", b"signature", b"signature-input", b"signature-agent"}
)


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's sender; the headers are those that say who it is, each as it came."""

    server: Server
    scope: Scope
    told: dict[bytes, bytes]

    @property
    def user_agent(self) -> bytes:
        """What the program calls itself."""
        return self.told.get(b"user-agent", b"")

    @property
    def address(self) -> str:
        """Where the request comes from; of a proxy's only what a trusted one says (P-230)."""
        client = self.scope.get("client")
        return client[0] if client else ""

    @property
    def networks(self) -> tuple[str, str] | None:
        """The subscriber and the network that are counted, None where there is nothing to tell people apart by."""
        return networks_of(self.address)

    @property
    def is_signed(self) -> bool:
        """Whether somebody signed, truly or not."""
        return b"signature" in self.told

    async def account(self) -> str:
        """The session or token of somebody with an account, shortened and unreadable, else empty."""
        return await self._session() or await self._token()

    async def _session(self) -> str:
        cookies = self.told.get(b"cookie")
        if cookies is None:
            return ""
        name = "__Host-session" if self.server.settings.is_secure else "session"
        value = cookie_parser(cookies.decode("latin-1")).get(name, "")
        return await self._known("session", value) if value else ""

    async def _token(self) -> str:
        kind, _, value = self.told.get(b"authorization", b"").decode("latin-1").partition(" ")
        return await self._known("token", value.strip()) if kind.lower() == "bearer" and value else ""

    async def _known(self, kind: str, value: str) -> str:
        """The digest of a session or token that is in force; asked again after a minute."""
        digest = authentication.digest(value)
        return await self.server.lately((kind, digest), _SECONDS, partial(self._asked, kind, value, digest))

    async def _asked(self, kind: str, value: str, digest: str) -> str:
        ask = authentication.viewer_of_session if kind == "session" else authentication.viewer_of_bearer
        return digest if await ask(self.server, value) is not None else ""

    async def signing_host(self) -> str:
        """The host of the server that signed, once that is proven (P-206); blocked ones were turned away before."""
        if not self.is_signed:
            return ""
        actor = await reader(self.server, received(self.scope))
        return "" if actor is None or isinstance(actor, Refusal) else actor.host


def caller_of(server: Server, scope: Scope) -> Caller:
    """The sender of a request."""
    return Caller(server, scope, {name: value for name, value in scope["headers"] if name in _TOLD})
