"""Links of a profile whose pages link back with rel=me: theirs, as far as that proves it (ORI-25)."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from anyio.to_thread import run_sync

from activitypub.document import id_of
from fedicara.federation.network.http import NetworkError
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import Actor
from fedicara.server import Server

BACKLINKS: Final = "backlinks"
_PAGE: Final = {"Accept": "text/html, application/xhtml+xml"}


class _Links(HTMLParser):
    """Collects where the rel=me links of a page lead."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._base = base

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = {name: value or "" for name, value in attrs}
        if tag in ("a", "link") and "me" in stated.get("rel", "").lower().split():
            self.found.add(_plain(urljoin(self._base, stated.get("href", ""))))


async def order(server: Server, actor: Actor) -> None:
    """Ask for the links of a profile to be looked at, inside the caller's transaction."""
    if any(line.get("link") for line in actor.details):
        await LeaseTable(server).enqueue(Order(BACKLINKS, {"actor": actor.id}, lane=str(actor.id)))


async def run(server: Server, claim: Claim) -> Outcome:
    """The job: note for each link whether its page links back now."""
    actor = await Actor.get_or_none(id=claim.payload["actor"])
    if actor is None:
        return Done()
    seen = {link: await links_back(server, link, actor) for link in _links(actor)}
    async with server.database.transaction():
        # The profile may have changed while pages were read: only what was looked at is noted.
        fresh = await Actor.get(id=actor.id)
        fresh.details = [_noted(server, line, seen) for line in fresh.details]
        await fresh.save(update_fields=["details"])
    return Done()


def _links(actor: Actor) -> list[str]:
    return [line["link"] for line in actor.details if line.get("link")]


def _noted(server: Server, line: Mapping[str, Any], seen: Mapping[str, bool]) -> dict[str, Any]:
    if line.get("link") not in seen:
        return dict(line)
    since = line.get("verified") or server.now().isoformat(timespec="seconds")
    return {**line, "verified": since if seen[line["link"]] else ""}


async def links_back(server: Server, link: str, actor: Actor) -> bool:
    """Whether the page, at most 1 MiB and on the link's own host to the end, names the actor with rel=me."""
    try:
        answer = await server.network.get(link, _PAGE)
    except NetworkError:
        return False
    if answer.status != 200 or urlsplit(answer.url).netloc != urlsplit(link).netloc:
        return False
    found = await run_sync(_rel_me, answer.url, answer.body)
    return bool({_plain(actor.url), _plain(actor.uri)} & found)


def _rel_me(address: str, body: bytes) -> set[str]:
    reader = _Links(address)
    reader.feed(body.decode(errors="replace"))
    return reader.found


def _plain(address: str) -> str:
    """An address in the form that is compared."""
    return (id_of(address) or "").rstrip("/")
