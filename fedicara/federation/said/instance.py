"""The server's own actor, which signs what it reads (F-041), and the keys of local actors."""

from anyio.to_thread import run_sync

from activitypub import keys
from fedicara.federation.signed.private_keys import seal
from fedicara.models import Actor, Key
from fedicara.models.database import IntegrityError
from fedicara.server import Server


async def instance_actor(server: Server) -> Actor:
    """The actor at BASE/actor, made on first use."""
    uri = server.url("/actor")
    found = await Actor.get_or_none(uri=uri)
    if found is not None:
        return found
    try:
        async with server.database.transaction():
            actor = await Actor.create(
                uri=uri,
                type="Application",
                username=server.settings.host,
                url=server.url("/"),
                inbox=f"{uri}/inbox",
                outbox=f"{uri}/outbox",
                shared_inbox=server.url("/inbox"),
                locked=True,
                discoverable=False,
                indexable=False,
                published=server.now().replace(hour=0, minute=0, second=0, microsecond=0),
            )
            await new_keys(server, actor)
            return actor
    except IntegrityError:
        # Another task was first.
        return await Actor.get(uri=uri)


async def new_keys(server: Server, actor: Actor, *, named: str = "") -> None:
    """Make the RSA key and the Ed25519 key of a local actor, under fragments with this ending (F-025, F-026)."""
    for fragment, pair in (
        (f"main-key{named}", await run_sync(keys.generate_rsa)),
        (f"ed25519-key{named}", keys.generate_ed25519()),
    ):
        (private, public), uri = pair, f"{actor.uri}#{fragment}"
        await Key.create(actor=actor, uri=uri, public=public, private=seal(server, uri, private))
