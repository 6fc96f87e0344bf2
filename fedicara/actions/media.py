"""Which bytes of a picture somebody gets: renditions by name, remote pictures through the proxy."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from anyio.to_thread import run_sync

from fedicara.actions import hosts, remote_cache, remote_scan
from fedicara.actions.errors import NotFound
from fedicara.actions.uploads import proxy_key
from fedicara.federation.fetched.actors import instance_actor
from fedicara.federation.heard import statements as stated
from fedicara.federation.network.http import NetworkError
from fedicara.federation.servers.rules import host_of, verdict
from fedicara.federation.signed.signing import signer
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Order
from fedicara.models import Picture, Rendition
from fedicara.models.works import State
from fedicara.reads.access import TAKEN_DOWN, is_for_all, looks_after, may_judge, may_read
from fedicara.reads.media import media_signature_valid, proxy_signature_valid
from fedicara.reads.views import WorkView
from fedicara.reads.works import work as work_view
from fedicara.server import Server
from media.embedded import statements
from media.errors import UnsupportedFormat
from media.sniff import check
from media.storage import Stored
from policies.licences import LICENCES
from policies.policy import Policy

REMOTE_LIMIT = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Served:
    """A picture about to be sent."""

    media_type: str
    size: int
    chunks: AsyncIterator[bytes]
    etag: str
    policy: Policy
    licence_url: str | None
    public: bool


async def served(server: Server, key: str, query: Mapping[str, str], viewer_actor_id: int | None) -> Served:
    """A rendition by its name; of a work that is not public, for those who may read it or hold a signed address."""
    rendition = await Rendition.get_or_none(key=key).prefetch_related("picture__actor", "picture__work")
    if rendition is None:
        raise NotFound
    picture, work = rendition.picture, rendition.picture.work
    public = (bool(picture.use) and picture.actor.suspended is None) or (
        work is not None and work.state == "published" and work.visibility in ("public", "unlisted")
    )
    if not public and not await _may_have(server, key, query, picture, viewer_actor_id):
        raise NotFound
    stored = await server.storage.open(key)
    policy = server.policy(picture.actor.policy, work.policy if work else {}, public=public)
    licence = LICENCES.get(work.licence) if work else None
    return Served(
        rendition.media_type,
        stored.size,
        stored.chunks,
        f'"{rendition.sha256[:32]}"',
        policy,
        licence.url if licence else None,
        public,
    )


async def _may_have(
    server: Server, key: str, query: Mapping[str, str], picture: Picture, viewer_actor_id: int | None
) -> bool:
    taken_down = picture.work is not None and picture.work.state in TAKEN_DOWN
    signed = media_signature_valid(server, key, query.get("expires", ""), query.get("signature", ""))
    if signed and not taken_down:
        return True
    if viewer_actor_id is None:
        return False
    if picture.work is None:
        shown = picture.case_id is not None and await looks_after(server, viewer_actor_id)
        return shown or picture.actor_id == viewer_actor_id
    return await may_judge(server, picture.work, viewer_actor_id)


async def proxied(server: Server, picture_id: int, signature: str, viewer_actor_id: int | None) -> Served:
    """A picture of another server, fetched when first asked for and kept."""
    if not proxy_signature_valid(server, picture_id, signature):
        raise NotFound
    picture = await Picture.get_or_none(id=picture_id).prefetch_related("work")
    if picture is None or not picture.remote_url or picture.state == State.WITHHELD:
        raise NotFound
    view = await work_view(server, picture.work_id or 0)
    if view is None or not await _may_see(server, view, viewer_actor_id):
        raise NotFound
    if await _is_hidden(server, picture, view):
        raise NotFound
    stored = await _stored(server, picture, view)
    view = await work_view(server, picture.work_id or 0) or view
    return Served(
        picture.media_type or "application/octet-stream",
        stored.size,
        stored.chunks,
        f'"{picture.id}"',
        next((each.policy for each in view.pictures if each.id == picture.id), None) or view.policy,
        None,
        view.state == "published" and view.visibility in ("public", "unlisted"),
    )


async def _stored(server: Server, picture: Picture, view: WorkView) -> Stored:
    """The bytes of a remote picture: as kept, else fetched, by one request for all who ask in the same moment."""
    key = proxy_key(picture.id)
    async with server.turn(f"fetch {picture.id}"):
        if not await server.storage.exists(key):
            body = await _fetch(server, picture)
            if not await _written(server, picture, view.actor.domain, body):
                return Stored(len(body), _whole(body))
    await remote_cache.asked(server, picture.id)
    return await server.storage.open(key)


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _written(server: Server, picture: Picture, peer: str, body: bytes) -> bool:
    """Whether it was written down; what is not kept lies there until it was looked through (P-434)."""
    is_new = picture.report.get("sha256") != await run_sync(remote_scan.digest, body)
    if not await remote_cache.keep(server, picture.id, peer, len(body)) and not is_new:
        return False
    await server.storage.write(proxy_key(picture.id), body)
    if is_new:
        async with server.database.transaction():
            await LeaseTable(server).enqueue(Order(remote_scan.KIND, {"picture": picture.id}))
    return True


async def _may_see(server: Server, view: WorkView, viewer_actor_id: int | None) -> bool:
    """Whether the picture of a post is shown; apps of people who may see it send no cookie, only our address."""
    if viewer_actor_id is None:
        return is_for_all(view) or await may_read(server, view, None)
    return await may_judge(server, view, viewer_actor_id)


async def _is_hidden(server: Server, picture: Picture, view: WorkView) -> bool:
    """Whether a rule hides the pictures of the host or of whoever posted it (F-306)."""
    hosts = (host_of(picture.remote_url), host_of(view.actor.uri), view.actor.domain)
    return any([(await verdict(server, host)).hides_media for host in hosts])


async def _fetch(server: Server, picture: Picture) -> bytes:
    sign = await signer(server, await instance_actor(server))
    try:
        answer = await server.network.get(
            picture.remote_url, {"Accept": "image/*"}, sign=sign, limit=REMOTE_LIMIT
        )
        media_type = check(answer.body)
    except (NetworkError, UnsupportedFormat) as error:
        raise NotFound from error
    if answer.status != 200:
        raise NotFound
    said = await run_sync(statements, answer.body)
    picture.media_type = media_type
    async with server.database.transaction():
        await stated.of_file(server, picture, answer.headers, said)
        await picture.save(update_fields=["media_type", "stated"])
        await hosts.count_picture(picture.remote_url, len(answer.body))
    return answer.body
