"""The bytes as an artist uploaded them: kept once, sealed where the operator has a key, and given to nobody else."""

import secrets
from base64 import b64encode
from pathlib import Path

import pytest

from fedicara.actions.originals import reseal
from fedicara.models import Account
from fedicara.models.accounts import Role
from fedicara.storage import open_storage
from tests.fedicara.web.forms import send
from tests.fediverse import Fediverse, Island, Person, drawing, good

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]


async def originals(island: Island) -> set[str]:
    return {each.key async for each in island.server.storage.kept() if each.key.endswith(".original")}


async def moderator(island: Island, name: str) -> Person:
    person = await island.artist(name)
    with island.server.database.bound():
        await Account.filter(actor_id=person.actor.id).update(role=Role.OWNER)
    return person


@pytest.mark.rule("P-245", "A-242")
async def test_an_original_is_downloaded_by_its_artist_byte_for_byte_and_by_nobody_else(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada, bob, owner = await art.artist("ada"), await art.artist("bob"), await moderator(art, "olga")
    bytes_ = drawing(700, 400)
    work = await ada.post(bytes_, status="Slope")
    number = work["media_attachments"][0]["id"]
    paths = (f"/originals/{number}", f"/api/fedicara/v1/media/{number}/original")
    for person in (ada, bob, owner):
        await person.sign_in()
    page = (await ada.browser.get(f"/@ada/{work['id']}")).text
    assert f'href="/originals/{number}"' in page
    for client, path in zip((ada.browser, ada.api), paths, strict=True):
        answer = await client.get(path)
        assert (answer.status_code, answer.content) == (200, bytes_)
        assert answer.headers["content-disposition"] == f'attachment; filename="original-{number}.png"'
        assert answer.headers["content-type"] == "image/png"
        assert "no-store" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    async with art.client() as visitor:
        for client in (visitor, bob.browser, owner.browser):
            assert (await client.get(paths[0])).status_code == 404
            assert "/originals/" not in (await client.get(f"/@ada/{work['id']}")).text
        assert (await visitor.get(paths[1])).status_code == 401
        for person in (bob, owner):
            assert (await person.api.get(paths[1])).status_code == 404
    reading = await ada.token("read")
    answer = await art.client(headers={"Authorization": f"Bearer {reading}"}).get(paths[1])
    assert answer.status_code == 403


@pytest.mark.threat("MED-15")
async def test_the_same_bytes_are_kept_once_for_each_person_and_go_with_the_last_work(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada, bob = await art.artist("ada"), await art.artist("bob")
    same, other = drawing(), drawing(80, 80)
    first = await ada.post(same, same, status="Twice in one work")
    second = await ada.post(same, status="And again")
    assert len(await originals(art)) == 1
    await bob.post(same, status="Mine too")
    await ada.post(other, status="Something else")
    assert len(await originals(art)) == 3
    await delete(ada, first)
    assert len(await originals(art)) == 3
    await delete(ada, second)
    assert len(await originals(art)) == 2
    again = await ada.post(same, status="Once more")
    assert len(await originals(art)) == 3
    number = again["media_attachments"][0]["id"]
    assert (await ada.api.get(f"/api/fedicara/v1/media/{number}/original")).content == same


@pytest.mark.threat("MED-15")
async def test_deleted_and_redrafted_a_picture_stays_for_the_new_post_and_an_account_leaves_nothing(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada, bob = await art.artist("ada"), await art.artist("bob")
    work = await ada.post(drawing(), status="With a mistake")
    await bob.post(drawing(), status="Mine")
    good(await ada.api.delete(f"/api/v1/statuses/{work['id']}"))
    anew = await ada.post(drawing(), status="Without")
    await fediverse.settle()
    for each in anew["media_attachments"]:
        assert (await ada.api.get(each["url"])).status_code == 200
        assert (await ada.api.get(f"/api/fedicara/v1/media/{each['id']}/original")).content == drawing()
    await ada.sign_in()
    answer = await send(
        ada.browser, "/settings/delete", {"farewell": "correct horse battery"}, page="/settings"
    )
    assert "Your account is deleted" in answer.text
    await fediverse.settle()
    named = await art.server.database.rows(
        "SELECT original AS key FROM pictures UNION SELECT key FROM renditions"
    )
    assert {each.key async for each in art.server.storage.kept()} == {row["key"] for row in named}
    assert len(await originals(art)) == 1


async def test_with_a_key_originals_lie_sealed_and_everything_else_goes_on(
    fediverse: Fediverse, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_bytes(b"# kept in the safe\n" + b64encode(secrets.token_bytes(32)) + b"\n")
    art = await fediverse.island("art", cloak="none", original_keys=keys)
    ada = await art.artist("ada")
    bytes_ = drawing(900, 700)
    work = await ada.post(bytes_, status="Slope")
    lying = {path.name: path.read_bytes() for path in art.files()}
    (name,) = [name for name in lying if name.endswith(".original")]
    assert lying[name].startswith(b"fedicara sealed")
    assert bytes_[:8] not in lying[name]
    assert sum(content.startswith(b"fedicara sealed") for content in lying.values()) == 1
    number = work["media_attachments"][0]["id"]
    assert (await ada.api.get(f"/api/fedicara/v1/media/{number}/original")).content == bytes_


async def test_originals_are_sealed_afterwards_and_anew_when_the_key_changes(
    fediverse: Fediverse, tmp_path: Path
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    for size in (300, 400):
        await ada.post(drawing(size, size), status="Slope")
    keys, old, new = tmp_path / "keys", *(b64encode(secrets.token_bytes(32)) for _ in range(2))

    async def resealed(*lines: bytes) -> int:
        keys.write_bytes(b"\n".join(lines))
        storage = open_storage(art.server.settings.model_copy(update={"original_keys": keys}))
        with art.server.database.bound():
            done = await reseal(storage)
            assert await reseal(storage) == 0
        held = [
            b"".join([piece async for piece in (await storage.open(key)).chunks])
            for key in await originals(art)
        ]
        assert sorted(held) == sorted([drawing(300, 300), drawing(400, 400)])
        return done

    assert await resealed(old) == 2
    assert await resealed(new, old) == 2
    assert await resealed(new) == 0


async def delete(person: Person, work: dict) -> None:
    good(await person.api.delete(f"/api/v1/statuses/{work['id']}"))
    await person.island.work_off()
