"""Reads addresses for a check: few, small and in a minute, under its own name, and only where robots.txt lets it (P-500)."""

from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import orjson
from protego import Protego

from fedicara.federation.network.bounds import Bounded
from fedicara.federation.network.http import NetworkError
from fedicara.network import Answer, Sign
from fedicara.server import Server
from policies.check import readers
from policies.check.verdicts import Unread

TOKEN: Final = "fedicara-policy-check"  # noqa: S105  (a product token)
REQUESTS, OWN_REQUESTS = 15, 60
MOST: Final = 32 * 1024 * 1024
SECONDS: Final = 60.0
PAGE_MOST: Final = 2 * 1024 * 1024


def origin_of(url: str) -> str:
    """Scheme and host of an address, without a final slash."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_own(server: Server, url: str) -> bool:
    """Whether the address is one of this server's."""
    return origin_of(url) in (server.settings.base_url, server.settings.media_url)


class Probe:
    """One check's way out. What cannot be read is an `Unread` with the reason, never an exception."""

    def __init__(self, server: Server, *, own: bool, sign: Sign | None = None) -> None:
        self.own = own
        self.sign = sign
        self._network = Bounded(server, OWN_REQUESTS if own else REQUESTS, SECONDS)
        self._left = MOST
        self._rules: dict[str, str] = {}
        self._name = f"{TOKEN}/{version('fedicara')} (+{server.settings.base_url}/ai-policy)"

    async def robots(self, origin: str) -> Answer | Unread:
        """robots.txt of an origin, read first: what it says to this command holds from then on."""
        answer = await self.get(f"{origin}/robots.txt")
        self._rules[origin] = text_of(answer) if isinstance(answer, Answer) else ""
        return answer

    def may(self, url: str) -> bool:
        """Whether no group of robots.txt that names this command forbids the address."""
        rules = self._rules.get(origin_of(url), "")
        return not readers.robots(rules).names(TOKEN) or Protego.parse(rules).can_fetch(url, TOKEN)

    async def get(self, url: str, accept: str = "*/*", *, signed: bool = False) -> Answer | Unread:
        """The answer of an address after redirects; anything but 200 is unread."""
        answer = await self._asked("GET", url, {"Accept": accept}, signed=signed)
        if isinstance(answer, Answer) and answer.status != 200:
            return Unread(f"answered {answer.status}")
        return answer

    async def look(self, method: str, url: str, **headers: str) -> Answer | Unread:
        """The first answer of an address, whatever its status; `headers` with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._asked(method, url, named, follow=False)

    async def post(self, url: str, body: bytes, media_type: str) -> Answer | Unread:
        """What a signed activity is answered."""
        if self.sign is None:
            return Unread("nobody signs")
        try:
            return await self._network.post(url, {"Content-Type": media_type}, body, self.sign)
        except NetworkError as error:
            return Unread(error.reason)

    async def _asked(
        self, method: str, url: str, headers: dict[str, str], *, signed: bool = False, follow: bool = True
    ) -> Answer | Unread:
        if not self.may(url):
            return Unread(f"robots.txt closes it to {TOKEN}")
        if self._left <= 0:
            return Unread("32 MiB were read already")
        stated, sign = {"User-Agent": self._name, **headers}, self.sign if signed else None
        try:
            if follow:
                answer = await self._network.get(url, stated, sign, self._left)
            else:
                answer = await self._network.look(method, url, stated, sign, min(self._left, PAGE_MOST))
        except NetworkError as error:
            return Unread(error.reason)
        self._left -= len(answer.body)
        return answer


def text_of(answer: Answer) -> str:
    """The body as text; what is no UTF-8 shows as such."""
    return answer.body.decode("utf-8", "replace")


def json_of(answer: Answer) -> Any:
    """The body as JSON, None where it is none."""
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None


def media_type(answer: Answer) -> str:
    """The media type that was stated, without parameters."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def joined(base: str, href: str) -> str:
    """An address as a page means it; empty where it leads nowhere on the web."""
    try:
        made = urljoin(base, href).partition("#")[0]
    except ValueError:
        return ""
    return made if made.startswith(("https://", "http://")) else ""
