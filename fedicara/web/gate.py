"""The gate: who asks for a page, a picture or a feed, what the policy of it says, and how often (P-206, P-207)."""

import math
import re

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fedicara.actions import crawlers, ledger
from fedicara.actions.uploads import proxy_key
from fedicara.federation.signed import bots, claimed
from fedicara.reads.requested import Requested, requested
from fedicara.refusals import Refused
from fedicara.server import Server
from fedicara.web.callers import Caller, caller_of
from policies.crawlers import Crawler, Purpose
from policies.surfaces import surface_of
from policies.verdict import GUARDED, SPOOF, Reason, Refuse, Surface, may_refuse, refusal_text, verdict

_PROXIED = re.compile(r"/proxy/([0-9]{1,19})/")
TOO_MUCH = "Too much at once; try again later."


class Gate:
    """ASGI middleware; nothing is looked up for who names no crawler of the table and stays within the limits."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer in place of the application."""
        if scope["type"] != "http" or (surface := surface_of(scope["path"])) is Surface.OPEN:
            return await self.app(scope, receive, send)
        visit = Visit(self.server, caller_of(self.server, scope), surface)
        await (await visit.refusal() or self.app)(scope, receive, send)


class Visit:
    """One request before the gate."""

    def __init__(self, server: Server, caller: Caller, surface: Surface) -> None:
        self._server = server
        self._caller = caller
        self._surface = surface
        self._path: str = caller.scope["path"]
        self._verified = ""
        self._account: str | None = None

    async def refusal(self) -> Response | None:
        """What is answered instead, None for who may pass: identity, table, false claims, limits, in this order."""
        if self._surface in GUARDED and (crawler := await self._crawler()) is not None:
            refused = await self._refused(crawler)
            if refused is not None:
                return refused
        wait = await self._wait()
        return self._later(wait) if wait else None

    async def _crawler(self) -> Crawler | None:
        """The row that a proven identity selects, else the one that the User-Agent value names (P-240, P-204)."""
        table = await crawlers.in_force(self._server)
        self._verified = await bots.identity(self._server, self._caller.scope)
        return table.identities.get(self._verified) or table.matcher.match(self._caller.user_agent)

    async def _refused(self, crawler: Crawler) -> Response | None:
        judged, about = await self._judged(crawler)
        if judged is None or await self._is_welcome():
            return None
        line = Refused(
            self._server.now().date(),
            crawler.token,
            judged.reason,
            self._surface,
            judged.field or "",
            bool(self._verified),
            about.actor_id,
            about.work_id,
        )
        ledger.count(self._server, line, about.size)
        self._trace()
        settings = self._server.settings
        text = refusal_text(judged.sentence, settings.base_url)
        return PlainTextResponse(text, settings.deny_action, {"Cache-Control": "no-store"})

    async def _judged(self, crawler: Crawler) -> tuple[Refuse | None, Requested]:
        """The refusal, by the policy of what is asked for; of everything else nothing is read (P-201)."""
        about = Requested(self._server.policy())
        if may_refuse(crawler, self._surface):
            about = await requested(self._server, self._path)
            judged = verdict(about.policy, crawler, self._surface)
            if isinstance(judged, Refuse):
                return judged, about
        if not self._verified:
            truth = await claimed.check(self._server, crawler, self._caller.address)
            self._verified = crawler.token if truth else ""
            if truth is False and crawler.purpose is Purpose.SEARCH:
                return SPOOF, about
        return None, about

    async def _is_welcome(self) -> bool:
        """Whether it is a server that proved who it is, or somebody with an account (P-206)."""
        return bool(await self._with_account() or await self._caller.signing_host())

    async def _with_account(self) -> str:
        if self._account is None:
            self._account = await self._caller.account()
        return self._account

    async def _wait(self) -> float:
        """How long until the caller's class may ask again, 0 for now (P-230)."""
        take, account = self._server.rates.take, await self._with_account()
        if self._surface is Surface.API:
            return take("api", account) if account else self._by_address("api")
        if self._surface is Surface.ACTIVITYPUB:
            return 0.0 if self._caller.is_signed or self._sends() else self._by_address("ap_unsigned")
        if self._verified:
            return take("crawler", self._verified)
        is_proxied = await self._is_to_be_fetched()
        if account:
            return take("api", account) if is_proxied else 0.0
        wait = self._by_address("proxy" if is_proxied else self._surface)
        return await self._of_signer() if wait and self._caller.is_signed else wait

    def _sends(self) -> bool:
        """Whether something is sent to an inbox, which has a limit of its own (`inbox_rate`)."""
        return bool(self._caller.scope["method"] == "POST")

    def _by_address(self, bucket: str) -> float:
        networks = self._caller.networks
        if networks is None:
            return 0.0
        wait = self._server.rates.take(bucket, networks[0])
        if not wait and bucket in ("html", "media"):
            wait = self._server.rates.take(f"{bucket}_network", networks[1])
        return wait

    async def _is_to_be_fetched(self) -> bool:
        """Whether a picture of another server is asked for that is not here yet."""
        found = _PROXIED.match(self._path)
        return found is not None and not await self._server.storage.exists(proxy_key(int(found[1])))

    async def _of_signer(self) -> float:
        host = await self._caller.signing_host()
        return self._server.rates.take("ap_signed", host) if host else 1.0

    def _later(self, wait: float) -> Response:
        """429; counted for the place alone, since it may be people (P-226)."""
        line = Refused(self._server.now().date(), "", Reason.RATE, self._surface)
        ledger.count(self._server, line)
        self._trace()
        headers = {"Retry-After": str(math.ceil(wait)), "Cache-Control": "no-store"}
        if self._surface in GUARDED:
            return PlainTextResponse(TOO_MUCH, 429, headers)
        if self._surface is Surface.API:
            headers["Access-Control-Allow-Origin"] = "*"
        return JSONResponse({"error": TOO_MUCH}, 429, headers)

    def _trace(self) -> None:
        agent = self._caller.user_agent.decode("latin-1")
        ledger.trace(self._server, self._caller.address, agent, self._path)
