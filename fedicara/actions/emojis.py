"""Pictures of custom emoji, fetched from their server when first shown, and kept (MED-19)."""

from typing import Final

from fedicara.actions.errors import NotFound
from fedicara.actions.media import Served
from fedicara.federation.fetched.actors import instance_actor
from fedicara.federation.network.http import NetworkError
from fedicara.federation.servers.rules import host_of, verdict
from fedicara.federation.signed.signing import signer
from fedicara.models import Emoji
from fedicara.reads import statements
from fedicara.reads.emojis import stored_as
from fedicara.reads.media import emoji_signature_valid
from fedicara.server import Server
from media.sniff import sniff
from policies.statements import SILENCE, restated

LARGEST: Final = 256 * 1024
_TYPES: Final = frozenset({"image/png", "image/gif", "image/webp", "image/jpeg", "image/avif"})


async def served(server: Server, emoji_id: int, signature: str) -> Served:
    """The picture; `NotFound` where it is larger than 256 KiB, no picture, or hidden by a rule (F-306)."""
    emoji = (
        await Emoji.get_or_none(id=emoji_id) if emoji_signature_valid(server, emoji_id, signature) else None
    )
    if emoji is None or await _is_hidden(server, emoji):
        raise NotFound
    key = stored_as(emoji.id)
    if not emoji.media_type or not await server.storage.exists(key):
        await _fetch(server, emoji, key)
    stored = await server.storage.open(key)
    tag = f'"{emoji.id}-{emoji.updated.timestamp() if emoji.updated else 0}"'
    await statements.look(server)
    policy = restated(SILENCE, server.silent)
    return Served(emoji.media_type, stored.size, stored.chunks, tag, policy, None, public=True)


async def _is_hidden(server: Server, emoji: Emoji) -> bool:
    hosts = (host_of(f"https://{emoji.domain}"), host_of(emoji.url))
    return any([(await verdict(server, host)).hides_media for host in hosts])


async def _fetch(server: Server, emoji: Emoji, key: str) -> None:
    sign = await signer(server, await instance_actor(server))
    try:
        answer = await server.network.get(emoji.url, {"Accept": "image/*"}, sign=sign, limit=LARGEST)
    except NetworkError as error:
        raise NotFound from error
    media_type = sniff(answer.body) or ""
    if answer.status != 200 or media_type not in _TYPES:
        raise NotFound
    await server.storage.write(key, answer.body)
    emoji.media_type = media_type
    await emoji.save(update_fields=["media_type"])
