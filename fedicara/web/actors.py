"""Artists: their works, and following them."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedicara.actions import blocks, discovery, follows, progress
from fedicara.actions.authentication import Viewer
from fedicara.actions.errors import NotFound
from fedicara.models import Actor, Boost
from fedicara.reads import boosts, featured, projects, works
from fedicara.reads.emojis import of_text
from fedicara.reads.projects import Tile
from fedicara.reads.views import WorkView
from fedicara.server import Server
from fedicara.web import lists
from fedicara.web.documents import wants_document
from fedicara.web.front import asked, older
from fedicara.web.session import Handler, form, person, server_of, signed_in, viewer_id, viewer_of
from fedicara.web.templates import actor_path, page

PROJECTS = 6


async def named(request: Request) -> Actor:
    """The actor in the address; people who are signed in may ask other servers for strangers."""
    server, viewer = server_of(request), viewer_of(request)
    handle = f"@{request.path_params['name']}"
    found = await discovery.known(server, handle)
    if found is None and viewer is not None:
        found = await discovery.find_person(server, viewer, handle)
    if found is None:
        raise NotFound
    return found


async def actor(request: Request) -> Response:
    """GET /@NAME: an artist's gallery."""
    server, viewer = server_of(request), viewer_of(request)
    found = await named(request)
    if wants_document(request):
        return RedirectResponse(found.uri, 303, {"Vary": "Accept"})
    if viewer is None and found.signin_only:
        raise NotFound
    request.state.policy = await lists.policy_of(server, found)
    mine = viewer is not None and viewer.actor.id == found.id
    relation = await follows.relation(server, viewer, found) if viewer and not mine else None
    if relation and relation.blocked_by:
        raise NotFound
    blocking = relation is not None and relation.blocking
    is_first = not blocking and not asked(request).max_id
    shown = [] if blocking else await works.gallery(server, found.id, viewer_id(request), asked(request))
    portfolio = await _portfolio(request, found) if is_first else []
    first = await featured.works(server, found.id, viewer_id(request)) if is_first else []
    pinned = {work.id for work in first}
    values = {
        "actor": found,
        "emojis": await of_text(server, found.uri, f"{found.name} {found.summary}"),
        "moved_to": await _new_place(found),
        "featured": first,
        "projects": portfolio[:PROJECTS],
        "more_projects": len(portfolio) > PROJECTS,
        "mine": mine,
        "works": [work for work in await _without_covers(server, shown) if work.id not in pinned],
        "older": older(shown),
        "relation": relation,
        "has_boosts": found.is_local and await Boost.filter(actor_id=found.id).exists(),
        "unfinished": await progress.unfinished(server, viewer) if viewer and mine else [],
    }
    return page(request, "actor.html", values)


async def boosted(request: Request) -> Response:
    """GET /@NAME/boosts: what somebody here boosted, which no search engine lists (P-304)."""
    server, found = server_of(request), await named(request)
    if not found.is_local or (viewer_of(request) is None and found.signin_only):
        raise NotFound
    request.state.policy = lists.unlisted(await lists.policy_of(server, found))
    shown = await boosts.boosted(server, found.id, viewer_id(request), asked(request))
    return page(request, "boosts.html", {"actor": found, "works": shown, "older": older(shown)})


async def _new_place(actor: Actor) -> Actor | None:
    """Where somebody moved, as far as that is known here."""
    return await Actor.get_or_none(uri=actor.moved_to) if actor.moved_to else None


async def _portfolio(request: Request, found: Actor) -> list[Tile]:
    """The newest projects, which come before the works."""
    server, reader = server_of(request), viewer_id(request)
    return await projects.tiles(
        server, await projects.of_actor(server, found.id, reader, PROJECTS + 1), reader
    )


async def _without_covers(server: Server, shown: list[WorkView]) -> list[WorkView]:
    """On its artist's page a project stands for itself, so its cover post is left out."""
    named = await projects.names(server, shown)
    return [work for work in shown if work.id not in named or not named[work.id].is_cover]


def _changing(act: Callable[[Server, Viewer, Actor], Awaitable[object]]) -> Handler:
    """POST /@NAME/…: do something about somebody, then show them."""

    @signed_in
    async def changed(request: Request) -> Response:
        await form(request)
        found = await named(request)
        await act(server_of(request), person(request), found)
        return RedirectResponse(actor_path(found), 303)

    return changed


follow = _changing(follows.follow)
unfollow = _changing(follows.unfollow)
block = _changing(blocks.block)
unblock = _changing(blocks.unblock)
