"""Publishing works, changing them, taking them back."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fedicara.actions import progress, uploads, works
from fedicara.actions.errors import Invalid, NotFound
from fedicara.actions.works import Draft, Edit
from fedicara.models import Mention, Picture, Rendition, Tag, Tombstone, Work
from fedicara.models.works import State
from fedicara.reads import works as reads
from fedicara.reads.views import Page
from fedicara.server import Server
from tests.fedicara.actions.darkroom import TRUNCATED, content, files, ready, said, upload, work_off
from tests.fedicara.rooms import person, posted, room, stranger

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def marks_of(server: Server, work: Work) -> list[bytes]:
    """The XMP of every file a work serves."""
    renditions = await Rendition.filter(picture__work_id=work.id)
    found = [await content(server, each.key) for each in renditions]
    return [content[content.find(b"<x:xmpmeta") : content.find(b"</x:xmpmeta>")] for content in found]


async def test_a_work_with_two_pictures_is_published_in_their_order_once_both_are_ready(
    server: Server,
) -> None:
    ada = await person(server, "ada")
    first, second = await upload(server, ada, alt="First"), await upload(server, ada, alt="Second")
    draft = Draft((second.id, first.id), title=" Meadow ", caption="Grass #Ink", tags=("#Green", "ink"))
    work = await works.publish(server, ada, draft)
    assert (work.state, work.published, await said(server)) == (State.PROCESSING, None, [])
    assert await reads.public(server, None, Page()) == []
    assert [view.id for view in await progress.unfinished(server, ada)] == [work.id]
    state = await progress.how_far(server, ada, work.id)
    assert [each.id for each in state.pictures] == [second.id, first.id]
    await work_off(server)
    out = await progress.wait(server, work.id, 0)
    assert (out.state, out.published) == (State.PUBLISHED, server.now())
    assert await said(server) == ["Create"]
    (view,) = await reads.public(server, None, Page())
    assert [picture.alt for picture in view.pictures] == ["Second", "First"]
    assert (view.title, view.tags, view.actor.username) == ("Meadow", ("ink", "green"), "ada")
    assert (await progress.how_far(server, ada, work.id)).percent == 100
    assert await progress.unfinished(server, ada) == []


@on_sqlite
async def test_one_failing_picture_fails_the_work_and_nobody_hears_of_it(server: Server) -> None:
    ada = await person(server, "ada")
    good, bad = await upload(server, ada), await upload(server, ada, TRUNCATED)
    work = await works.publish(server, ada, Draft((good.id, bad.id)))
    await work_off(server)
    failed = await progress.wait(server, work.id, 0)
    assert failed.state == State.FAILED
    assert failed.failure == (await Picture.get(id=bad.id)).failure != ""
    assert (await said(server), await reads.public(server, None, Page())) == ([], [])
    (view,) = await progress.unfinished(server, ada)
    assert view.failure == failed.failure


@on_sqlite
async def test_a_picture_that_failed_before_is_named_with_its_reason(server: Server) -> None:
    ada = await person(server, "ada")
    bad = await upload(server, ada, TRUNCATED)
    await work_off(server)
    with pytest.raises(Invalid, match="Picture 1: "):
        await works.publish(server, ada, Draft((bad.id,)))
    assert await Work.all().count() == 0


@on_sqlite
async def test_pictures_are_marked_as_their_work_says_before_it_is_published(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    await work_off(server)
    before = (await Picture.get(id=picture.id)).report["marks"]
    work = await works.publish(server, ada, Draft((picture.id,), licence="cc-by", ai="assisted"))
    assert (work.state, await said(server)) == (State.PROCESSING, [])
    await work_off(server)
    assert (await Work.get(id=work.id)).state == State.PUBLISHED
    assert await said(server) == ["Create"]
    assert (await Picture.get(id=picture.id)).report["marks"] != before
    for xmp in await marks_of(server, work):
        assert b"creativecommons.org/licenses/by/4.0" in xmp
        assert b"compositeWithTrainedAlgorithmicMedia" in xmp


@on_sqlite
async def test_an_original_that_was_prepared_once_outlives_a_later_preparation_that_fails(
    server: Server,
) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    await work_off(server)
    await works.publish(server, ada, Draft((picture.id,), licence="cc-by"))
    await server.storage.write(picture.original, TRUNCATED)
    await work_off(server)
    assert (await Picture.get(id=picture.id)).state == State.FAILED
    assert await said(server) == []
    assert await content(server, picture.original) == TRUNCATED


@on_sqlite
async def test_pictures_that_say_the_right_thing_already_are_not_prepared_twice(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    await work_off(server)
    keys = {each.key for each in await Rendition.all()}
    work = await works.publish(server, ada, Draft((picture.id,)))
    assert work.state == State.PUBLISHED
    assert {each.key for each in await Rendition.all()} == keys


async def test_a_text_alone_is_published_at_once(server: Server) -> None:
    ada, eve = await person(server, "ada"), await stranger("eve")
    work = await works.publish(
        server, ada, Draft(caption="Hello @eve@there.example, nice #Ink!", warning="wet")
    )
    assert (work.state, work.sensitive, await said(server)) == (State.PUBLISHED, True, ["Create"])
    assert f'href="{eve.url}"' in work.content
    assert [tag.name for tag in await Tag.filter(work_id=work.id)] == ["ink"]
    assert [each.actor_id for each in await Mention.filter(work_id=work.id)] == [eve.id]
    assert work.uri == f"https://art.example/objects/{work.id}"
    assert work.url == f"https://art.example/@ada/{work.id}"


async def test_what_is_not_said_comes_from_the_account(server: Server) -> None:
    ada = await person(server, "ada", ai="assisted")
    text = await works.publish(server, ada, Draft(caption="Hello"))
    assert (text.licence, text.ai) == ("all-rights-reserved", "")
    work = await works.publish(server, ada, Draft(((await ready(server, ada)).id,)))
    assert (work.licence, work.ai) == ("all-rights-reserved", "assisted")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "pictures"),
    ({"caption": " \n"}, "pictures"),
    ({"caption": "x", "title": "x" * 201}, "title"),
    ({"caption": "x" * 5_001}, "caption"),
    ({"caption": "a\0b"}, "caption"),
    ({"caption": "x", "warning": "x" * 501}, "warning"),
    ({"caption": "x", "visibility": "everyone"}, "visibility"),
    ({"caption": "x", "visibility": "direct"}, "visibility"),
    ({"caption": "x", "licence": "mine"}, "licence"),
    ({"caption": "x", "ai": "perhaps"}, "ai"),
    ({"caption": "x", "policy": {"ai_train": "allow"}}, "ai_train"),
    ({"pictures": (1,)}, "pictures"),
    ({"pictures": tuple(range(17))}, "pictures"),
]


@pytest.mark.parametrize(("draft", "field"), WRONG)
async def test_a_wrong_draft_names_its_field_and_changes_nothing(
    server: Server, draft: dict[str, Any], field: str
) -> None:
    ada = await person(server, "ada")
    with pytest.raises(Invalid) as refused:
        await works.publish(server, ada, Draft(**draft))
    assert refused.value.field == field
    assert (await Work.all().count(), await Tag.all().count(), await said(server)) == (0, 0, [])


async def test_a_picture_without_alt_text_is_not_published_where_it_is_required(server: Server) -> None:
    ada = await person(server, "ada")
    first, second = await ready(server, ada), await ready(server, ada, alt="")
    with pytest.raises(Invalid, match="picture 2") as refused:
        await works.publish(server, ada, Draft((first.id, second.id)))
    assert refused.value.field == "alt"
    assert (await Picture.get(id=first.id)).work_id is None


async def test_a_picture_without_alt_text_is_published_where_it_is_not_required(
    database_url: str, tmp_path: Path
) -> None:
    async with room(database_url, tmp_path, alt_text_required=False) as server:
        ada = await person(server, "ada")
        picture = await ready(server, ada, alt="")
        assert (await works.publish(server, ada, Draft((picture.id,)))).state == State.PROCESSING


@pytest.mark.threat("AUD-11")
async def test_pictures_of_others_used_ones_and_missing_ones_are_refused_alike(server: Server) -> None:
    ada, eve = await person(server, "ada"), await person(server, "eve")
    theirs, used = await ready(server, eve), await ready(server, ada, alt="Used")
    await works.publish(server, ada, Draft((used.id,)))
    sentences = set()
    for wrong in ((theirs.id,), (used.id,), (12_345,), (theirs.id, theirs.id)):
        with pytest.raises(Invalid) as refused:
            await works.publish(server, ada, Draft(wrong))
        sentences.add((refused.value.field, refused.value.sentence))
    assert len(sentences) == 1
    assert (await Picture.get(id=theirs.id)).work_id is None
    assert await Work.all().count() == 1


async def test_an_edit_changes_what_it_names_and_tells_everybody(server: Server) -> None:
    ada = await person(server, "ada")
    draft = Draft(caption="Grass #green", title="Meadow", tags=("ink",), licence="cc-by")
    work = await works.publish(server, ada, draft)
    edited = await works.edit(server, ada, work.id, Edit(caption="Hay #gold"))
    fresh = await Work.get(id=work.id)
    assert edited.revision == fresh.revision == work.revision + 1
    assert (fresh.title, fresh.licence, fresh.source, fresh.edited) == (
        "Meadow",
        "cc-by",
        "Hay #gold",
        server.now(),
    )
    assert {tag.name for tag in await Tag.filter(work_id=work.id)} == {"gold", "ink"}
    assert await said(server) == ["Create", "Update"]
    await works.edit(server, ada, work.id, Edit(tags=("paper",), warning="wet"))
    assert {tag.name for tag in await Tag.filter(work_id=work.id)} == {"gold", "paper"}
    assert (await Work.get(id=work.id)).sensitive


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Edit(title="x" * 201), "title"),
        (Edit(caption="x" * 5_001), "caption"),
        (Edit(caption=" "), "caption"),
        (Edit(licence="mine"), "licence"),
        (Edit(ai="perhaps"), "ai"),
        (Edit(policy={"ai_train": "allow"}), "ai_train"),
    ],
)
async def test_a_wrong_edit_changes_nothing(server: Server, change: Edit, field: str) -> None:
    ada = await person(server, "ada")
    work = await works.publish(server, ada, Draft(caption="Grass"))
    with pytest.raises(Invalid) as refused:
        await works.edit(server, ada, work.id, change)
    assert refused.value.field == field
    assert ((await Work.get(id=work.id)).revision, await said(server)) == (work.revision, ["Create"])


async def test_nobody_edits_sees_the_progress_of_or_deletes_the_work_of_another(server: Server) -> None:
    ada, eve = await person(server, "ada"), await person(server, "eve")
    work = await works.publish(server, ada, Draft(caption="Grass"))
    for identifier in (work.id, work.id + 1):
        for attempt in (
            works.edit(server, eve, identifier, Edit(title="Mine")),
            works.delete(server, eve, identifier),
            progress.how_far(server, eve, identifier),
        ):
            with pytest.raises(NotFound):
                await attempt
    assert await said(server) == ["Create"]


async def test_an_edit_describes_only_the_pictures_of_its_own_work(server: Server) -> None:
    ada = await person(server, "ada")
    mine, other = await ready(server, ada, alt="Mine"), await ready(server, ada, alt="Other")
    work = await works.publish(server, ada, Draft((mine.id,)))
    await works.edit(server, ada, work.id, Edit(alts={mine.id: "Better", other.id: "Wrong"}))
    assert [(await Picture.get(id=each.id)).alt for each in (mine, other)] == ["Better", "Other"]
    with pytest.raises(Invalid):
        await works.edit(server, ada, work.id, Edit(alts={mine.id: " "}))


@on_sqlite
async def test_an_edited_licence_reaches_the_files_and_the_old_ones_go(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    work = await works.publish(server, ada, Draft((picture.id,)))
    await work_off(server)
    old = {each.key for each in await Rendition.all()}
    await works.edit(server, ada, work.id, Edit(licence="cc-by"))
    await work_off(server)
    assert old.isdisjoint(each.key for each in await Rendition.all())
    assert all(b"licenses/by/4.0" in xmp for xmp in await marks_of(server, work))
    assert (await uploads.wait(server, picture.id, 0)).state == State.READY
    for path in files(server):
        with Image.open(path) as opened:
            opened.load()


async def test_a_deleted_work_leaves_a_tombstone_and_no_file(server: Server) -> None:
    ada = await person(server, "ada")
    picture = await upload(server, ada)
    work = await works.publish(server, ada, Draft((picture.id,), caption="#ink"))
    await work_off(server)
    assert files(server)
    await works.delete(server, ada, work.id)
    assert (await said(server))[-1] == "Delete"
    await work_off(server)
    counts = [await model.all().count() for model in (Work, Picture, Rendition, Tag)]
    assert (counts, files(server)) == ([0, 0, 0, 0], [])
    stone = await Tombstone.get(uri=work.uri)
    assert stone.public
    with pytest.raises(NotFound):
        await works.delete(server, ada, work.id)


async def test_a_work_deleted_before_it_was_published_is_told_to_nobody(server: Server) -> None:
    ada = await person(server, "ada")
    work = await works.publish(server, ada, Draft(((await upload(server, ada)).id,), visibility="followers"))
    await works.delete(server, ada, work.id)
    await work_off(server)
    assert (await said(server), files(server)) == ([], [])
    assert not (await Tombstone.get(uri=work.uri)).public


async def test_a_local_work_is_told_to_no_other_server(server: Server) -> None:
    ada = await person(server, "ada")
    work = await works.publish(server, ada, Draft(caption="Grass", visibility="local"))
    await works.edit(server, ada, work.id, Edit(caption="Hay"))
    await works.delete(server, ada, work.id)
    assert await said(server) == []


@pytest.mark.rule("F-075")
async def test_visibility_is_no_part_of_an_edit(server: Server) -> None:
    assert "visibility" not in Edit.__dataclass_fields__
    work = await posted((await person(server, "ada")).actor, "followers")
    assert (await Work.get(id=work.id)).visibility == "followers"
