"""Whose policy a request is judged by, before anything is answered."""

import pytest

from fedicara.actions import emojis, remote_default
from fedicara.models import Actor, Emoji, Work
from fedicara.reads.emojis import stored_as
from fedicara.reads.media import emoji_signature
from fedicara.reads.requested import Requested, requested
from fedicara.server import Server
from policies.policy import Use
from tests.fedicara.rooms import local, pictured, posted, stranger

pytestmark = pytest.mark.anyio
CLOSED = {"search": "deny"}


@pytest.mark.rule("P-201")
@pytest.mark.threat("AUD-07")
async def test_what_not_everybody_may_see_is_judged_as_if_it_were_not_there(server: Server) -> None:
    ada = await local(server, "ada")
    await Actor.filter(id=ada.id).update(policy=CLOSED)
    work = await posted(ada)
    key = (await pictured(server, work, b"pixels")).key
    paths = ("/@ada", f"/@ada/{work.id}", f"/media/{key}", "/@ada.rss")
    nobody = Requested(server.policy())
    for path in paths:
        found = await requested(server, path)
        assert (found.policy.search, found.actor_id) == (Use.DENY, ada.id), path
        assert (found.work_id, found.size) == (
            (0 if "/@ada" in path and str(work.id) not in path else work.id),
            6 if "media" in path else 0,
        )
    hidden = ({"suspended": server.now()}, {"suspended": None, "signin_only": True})
    for fields in hidden:
        await Actor.filter(id=ada.id).update(**fields)
        assert [await requested(server, path) for path in paths] == [nobody] * 4, fields
    await Actor.filter(id=ada.id).update(signin_only=False)
    for fields in ({"visibility": "private"}, {"visibility": "public", "state": "draft"}):
        await Work.filter(id=work.id).update(**fields)
        assert [await requested(server, path) for path in paths[1:3]] == [nobody] * 2, fields
    assert [await requested(server, path) for path in ("/", "/@nobody", "/@ada/9999999999999999999")] == [
        nobody
    ] * 3


@pytest.mark.rule("P-032", "P-308")
async def test_a_process_that_showed_no_work_yet_knows_what_is_said_where_an_origin_is_silent(
    server: Server,
) -> None:
    mallory = await stranger("mallory")
    await Actor.filter(id=mallory.id).update(indexable=False)
    work = await posted(mallory)
    path = f"/@mallory@there.example/{work.id}"
    assert (await requested(server, path)).policy.search is Use.DENY
    emoji = await Emoji.create(
        domain="there.example",
        shortcode="heron",
        url="https://there.example/heron.png",
        media_type="image/png",
    )
    await server.storage.write(stored_as(emoji.id), b"pixels")
    await remote_default.change(server, "tests", {"search": "allow"})
    found = await requested(server, path)
    assert (found.policy.search, found.actor_id, found.work_id) == (Use.ALLOW, 0, 0)
    await remote_default.change(server, "tests", {"search": "deny"})
    shown = await emojis.served(server, emoji.id, emoji_signature(server, emoji.id))
    assert shown.policy.search is Use.DENY
