"""People: who they are, what they posted, who follows whom (A-120 to A-136)."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.responses import Response

from fedicara.actions import blocks, follows
from fedicara.actions.errors import Invalid, NotFound
from fedicara.api import entities, present
from fedicara.api.answers import json
from fedicara.api.paging import link, page
from fedicara.api.resource import Call, identifier, method
from fedicara.models import Actor
from fedicara.reads import featured, people, works
from fedicara.reads.people import Listed
from fedicara.reads.profiles import Profile, named, profile, profiles
from fedicara.reads.views import Page
from fedicara.server import Server

MOST = 40

Listing = Callable[[Server, int, int | None, Page], Awaitable[Listed]]


@method()
async def show(call: Call) -> Response:
    """GET /api/v1/accounts/:id."""
    return json(entities.account(call.server, await _profile(call)))


async def _profile(call: Call) -> Profile:
    return shown(call, await profile(call.server, call.id()))


def shown(call: Call, found: Profile | None) -> Profile:
    """Somebody, if they are there and show themselves to visitors, or the caller is none (F-032)."""
    if found is None or (found.signin_only and call.actor_id is None):
        raise NotFound
    return found


@method()
async def lookup(call: Call) -> Response:
    """GET /api/v1/accounts/lookup: known people only, nobody is asked for."""
    name, _, domain = call.parameters.text("acct").lstrip("@").partition("@")
    if domain.lower() == call.server.settings.domain:
        domain = ""
    found = await named(call.server, name, domain) if name else None
    return json(entities.account(call.server, shown(call, found)))


@method("profile|read:accounts")
async def verify_credentials(call: Call) -> Response:
    """GET /api/v1/accounts/verify_credentials: the first call of every app."""
    own = await profile(call.server, call.viewer.actor.id)
    if own is None:
        raise NotFound
    asking = len(await follows.requests(call.server, call.viewer))
    return json(entities.credential_account(call.server, own, call.viewer.account, asking))


@method()
async def statuses(call: Call) -> Response:
    """GET /api/v1/accounts/:id/statuses."""
    author = await _profile(call)
    if call.parameters.flag("pinned"):
        pinned = await featured.works(call.server, author.id, call.actor_id)
        return json(await present.statuses(call.server, pinned, call.actor_id))
    found = await works.gallery(call.server, author.id, call.actor_id, page(call))
    published = [
        view
        for view in found
        if view.state == "published" and (view.pictures or not call.parameters.flag("only_media"))
    ]
    answer = await present.statuses(call.server, published, call.actor_id)
    return json(answer, headers=link(call, [view.cursor for view in found]))


async def _people(call: Call, listed: Listing) -> Response:
    """A list of people about somebody, which only they themselves may see where they hide it (AUD-15)."""
    whose = await _profile(call)
    if whose.hides_lists and whose.id != call.actor_id:
        return json([])
    found = await listed(call.server, whose.id, call.actor_id, page(call, MOST))
    answer = await present.accounts(call.server, [actor for _, actor in found])
    return json(answer, headers=link(call, [cursor for cursor, _ in found]))


@method()
async def followers(call: Call) -> Response:
    """GET /api/v1/accounts/:id/followers."""
    return await _people(call, people.followers)


@method()
async def following(call: Call) -> Response:
    """GET /api/v1/accounts/:id/following."""
    return await _people(call, people.following)


@method("write:follows|follow")
async def follow(call: Call) -> Response:
    """POST /api/v1/accounts/:id/follow; locked people are asked first."""
    target = await _other(call)
    await follows.follow(call.server, call.viewer, target)
    return await _relationship(call, target)


@method("write:follows|follow")
async def unfollow(call: Call) -> Response:
    """POST /api/v1/accounts/:id/unfollow."""
    target = await _other(call)
    await follows.unfollow(call.server, call.viewer, target)
    return await _relationship(call, target)


@method("write:blocks|follow")
async def block(call: Call) -> Response:
    """POST /api/v1/accounts/:id/block."""
    target = await _other(call)
    await blocks.block(call.server, call.viewer, target)
    return await _relationship(call, target)


@method("write:blocks|follow")
async def unblock(call: Call) -> Response:
    """POST /api/v1/accounts/:id/unblock."""
    target = await _other(call)
    await blocks.unblock(call.server, call.viewer, target)
    return await _relationship(call, target)


@method("write:follows|follow")
async def remove_follower(call: Call) -> Response:
    """POST /api/v1/accounts/:id/remove_from_followers; repeatable, as every change of a relationship."""
    target = await _other(call)
    with suppress(NotFound):
        await follows.remove_follower(call.server, call.viewer, target.id)
    return await _relationship(call, target)


async def _other(call: Call) -> Actor:
    target = await Actor.get(id=(await _profile(call)).id)
    if target.id == call.viewer.actor.id:
        raise Invalid("id", "Nobody can follow or block themselves.")
    return target


async def _relationship(call: Call, target: Actor) -> Response:
    relation = await follows.relation(call.server, call.viewer, target)
    return json(entities.relationship(target.id, relation))


@method("read:follows|follow")
async def relationships(call: Call) -> Response:
    """GET /api/v1/accounts/relationships: one entry per id that exists, in the order asked."""
    ids = [identifier(each) for each in call.parameters.texts("id")[:MOST]]
    known = await profiles(call.server, ids)
    actors = {actor.id: actor for actor in await Actor.filter(id__in=list(known))}
    return json(
        [
            entities.relationship(each, await follows.relation(call.server, call.viewer, actors[each]))
            for each in ids
            if each in actors
        ]
    )


@method("read:follows|follow")
async def requests(call: Call) -> Response:
    """GET /api/v1/follow_requests."""
    return json(await present.accounts(call.server, await follows.requests(call.server, call.viewer)))


@method("write:follows|follow")
async def authorize(call: Call) -> Response:
    """POST /api/v1/follow_requests/:id/authorize."""
    return await _decided(call, accept=True)


@method("write:follows|follow")
async def reject(call: Call) -> Response:
    """POST /api/v1/follow_requests/:id/reject."""
    return await _decided(call, accept=False)


async def _decided(call: Call, *, accept: bool) -> Response:
    asker = await Actor.get(id=(await _profile(call)).id)
    await follows.answer(call.server, call.viewer, asker.id, accept)
    return await _relationship(call, asker)
