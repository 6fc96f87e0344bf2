"""A work whose file says otherwise than its artist: held, judged, appealed, cleared for good."""

import os
import stat
from pathlib import Path

import pytest

from fedicara.actions import ai_made, audit, cases, progress, works
from fedicara.actions.authentication import Viewer
from fedicara.actions.cases import Plea
from fedicara.actions.errors import Forbidden, Invalid, NotFound
from fedicara.actions.roles import COMMAND_LINE, moderator
from fedicara.actions.works import Draft, Edit
from fedicara.models import AiCase, Clearance, Picture, Tag, Work
from fedicara.models.accounts import Role
from fedicara.models.works import State
from fedicara.reads.access import may_judge, may_read
from fedicara.server import Server
from policies.cases import Act, Kind, Stage
from tests.fedicara.actions.darkroom import said, upload, work_off
from tests.fedicara.actions.test_works import marks_of
from tests.fedicara.rooms import clock, person, room
from tests.media.markers import COMFY, SETTINGS, exif, packet, png, small
from tests.media.pictures import encoded, meadow

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

GENERATED = png({"parameters": SETTINGS})
PART = encoded(
    meadow(64, 48),
    "JPEG",
    xmp=packet(
        attributes='Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"'
    ),
)


async def submitted(server: Server, artist: Viewer, content: bytes, **draft: str) -> Work:
    """A work of one picture as it stands when everything was worked off."""
    picture = await upload(server, artist, content)
    await work_off(server)
    work = await works.publish(server, artist, Draft((picture.id,), **draft))
    await work_off(server)
    return await Work.get(id=work.id)


async def keeper(server: Server, username: str) -> Viewer:
    return await person(server, username, role=Role.MODERATOR)


@pytest.mark.rule("P-420", "P-421", "P-422")
async def test_a_held_work_is_seen_by_moderators_alone_until_a_second_one_clears_it_for_good(
    server: Server,
) -> None:
    ada, mo, kim = await person(server, "ada"), await keeper(server, "mo"), await keeper(server, "kim")
    work = await submitted(server, ada, GENERATED, ai="none")
    assert (work.state, await said(server)) == (State.HELD, [])
    assert [await may_read(server, work, each) for each in (None, mo.actor.id, ada.actor.id)] == [
        False,
        False,
        True,
    ]
    assert (await may_judge(server, work, mo.actor.id), await may_judge(server, work, ada.actor.id + 9)) == (
        True,
        False,
    )
    found = await cases.of_work(server, ada, work.id)
    assert found is not None
    (evidence,) = found.evidence
    assert (evidence["picture"], evidence["class"], evidence["field"]) == (1, "generator", "text:parameters")
    with pytest.raises(Invalid, match="few words"):
        await cases.appeal(server, ada, work.id, Plea(" "))
    with pytest.raises(NotFound):
        await cases.appeal(server, kim, work.id, Plea("Mine"))
    proof = await upload(server, ada, encoded(meadow(80, 60)))
    with pytest.raises(Invalid, match="pictures"):
        await cases.appeal(server, ada, work.id, Plea("Layers", (proof.id, 12_345)))
    await cases.appeal(server, ada, work.id, Plea("I traced a reference.", (proof.id,)))
    assert [each.id for each in await cases.queue()] == [found.id]
    await cases.decide(server, moderator(mo), found.id, Act.UPHOLD, "No layers")
    await cases.appeal(server, ada, work.id, Plea("Look again"))
    with pytest.raises(Forbidden):
        await cases.decide(server, moderator(mo), found.id, Act.CLEAR)
    await cases.decide(server, moderator(kim), found.id, Act.CLEAR)
    assert ((await Work.get(id=work.id)).state, await said(server)) == (State.PUBLISHED, ["Create"])
    again = await submitted(server, ada, GENERATED, ai="none")
    resized = encoded(small().resize((96, 64)), "JPEG", exif=exif(b"ASCII\0\0\0" + SETTINGS.encode()))
    alike = await submitted(server, ada, resized, ai="none")
    theirs = await submitted(server, kim, GENERATED, ai="none")
    assert [again.state, alike.state, theirs.state] == [State.PUBLISHED, State.PUBLISHED, State.HELD]
    log = [entry.action for entry in reversed(await audit.entries()) if entry.about == work.uri]
    assert log == ["cases hold", "cases appeal", "cases uphold", "cases appeal", "cases clear"]
    await works.delete(server, ada, work.id)
    assert (await AiCase.filter(work_id=work.id).count(), await Picture.filter(id=proof.id).count()) == (0, 0)


@pytest.mark.rule("P-402", "P-420", "P-430")
async def test_the_three_ways_out_of_a_hold_and_the_fourth_that_time_takes(server: Server) -> None:
    ada = await person(server, "ada")
    first, second, third = [await submitted(server, ada, GENERATED, ai="none") for _ in range(3)]
    with pytest.raises(Invalid, match="said already"):
        await cases.relabel(server, ada, first.id, "none")
    with pytest.raises(Invalid) as refused:
        await works.edit(server, ada, first.id, Edit(ai="assisted"))
    assert refused.value.field == "ai"
    out = await cases.relabel(server, ada, first.id, "assisted")
    await work_off(server)
    assert ((await Work.get(id=out.id)).state, await said(server)) == (State.PUBLISHED, ["Create"])
    assert [tag.name for tag in await Tag.filter(work_id=out.id)] == ["madewithai"]
    assert all(b"compositeWithTrainedAlgorithmicMedia" in xmp for xmp in await marks_of(server, out))
    forbidden = await cases.relabel(server, ada, second.id, "generated")
    await work_off(server)
    assert (await Work.get(id=forbidden.id)).state == State.DRAFT
    await ai_made.set_rules(server, "test", {"generated": "label"})
    await cases.relabel(server, ada, second.id, "generated")
    await work_off(server)
    assert (await Work.get(id=second.id)).state == State.PUBLISHED
    assert (await cases.withdraw(server, ada, third.id)).state == State.DRAFT
    with pytest.raises(Invalid, match="cannot be done"):
        await cases.withdraw(server, ada, third.id)
    fourth = await submitted(server, ada, GENERATED, ai="none")
    clock(server).forward(days=29)
    await work_off(server)
    assert (await Work.get(id=fourth.id)).state == State.HELD
    clock(server).forward(days=2)
    await work_off(server)
    assert (await Work.get(id=fourth.id)).state == State.DRAFT
    assert {each.id for each in await progress.unfinished(server, ada)} == {third.id, fourth.id}
    assert await said(server) == ["Create", "Create"]


@pytest.mark.rule("P-410", "P-423", "P-431")
async def test_a_question_or_a_hint_delays_nothing_and_an_answer_closes_it(server: Server) -> None:
    ada, mo = await person(server, "ada"), await keeper(server, "mo")
    part = await submitted(server, ada, PART, ai="none")
    hint = await submitted(server, ada, png({"prompt": COMFY["prompt"]}), ai="none")
    broken = await submitted(server, ada, encoded(small(), "JPEG", xmp=b"<x:xmpmeta>"), ai="none")
    plain = await submitted(server, ada, encoded(meadow(96, 72)), ai="none")
    assert {each.state for each in (part, hint, broken, plain)} == {State.PUBLISHED}
    kinds = [(each.kind, each.stage, each.work_id) for each in await cases.queue()]
    assert kinds == [
        (Kind.QUESTION, Stage.OPEN, part.id),
        (Kind.HINT, Stage.OPEN, hint.id),
        (Kind.UNREADABLE, Stage.OPEN, broken.id),
    ]
    assert all(b"compositeWithTrainedAlgorithmicMedia" in xmp for xmp in await marks_of(server, part))
    await cases.confirm(server, ada, part.id, Plea("Only the sky was filled in by a tool"))
    await cases.relabel(server, ada, part.id, "assisted")
    (entry,) = [each for each in await cases.queue() if each.kind is Kind.HINT]
    await cases.decide(server, moderator(mo), entry.id, Act.ASK)
    with pytest.raises(Invalid):
        await cases.decide(server, moderator(mo), entry.id, Act.REMOVE)
    clock(server).forward(days=8)
    await work_off(server)
    await cases.decide(server, moderator(mo), entry.id, Act.LABEL)
    labelled = await Work.get(id=hint.id)
    assert (labelled.ai, labelled.ai_said) == ("assisted", "place")
    with pytest.raises(Invalid, match="only they take it back"):
        await works.edit(server, ada, hint.id, Edit(ai="none"))
    await works.edit(server, ada, hint.id, Edit(ai=""))
    assert (await Work.get(id=hint.id)).ai == "assisted"


@on_sqlite
async def test_an_edit_cannot_say_what_the_file_denies_and_asks_where_it_differs(server: Server) -> None:
    ada = await person(server, "ada")
    work = await submitted(server, ada, GENERATED, ai="assisted")
    assert (work.state, [each.kind for each in await cases.queue()]) == (State.PUBLISHED, [Kind.QUESTION])
    with pytest.raises(Invalid, match="The file says"):
        await works.edit(server, ada, work.id, Edit(ai="none"))
    with pytest.raises(Invalid, match="takes no works"):
        await works.edit(server, ada, work.id, Edit(ai="generated"))
    await ai_made.set_rules(server, "test", {"generated": "allow"})
    await works.edit(server, ada, work.id, Edit(ai="generated"))
    assert [each.stage for each in await cases.queue(is_open=False)] == [Stage.RELABELLED]
    part = await submitted(server, ada, PART, ai="assisted")
    await works.edit(server, ada, part.id, Edit(ai="none"))
    assert [each.kind for each in await cases.queue()] == [Kind.QUESTION]
    letter = await submitted(server, ada, GENERATED, ai="none", visibility="direct", caption="@ada")
    assert (letter.state, len(await cases.queue())) == (State.PUBLISHED, 1)


@on_sqlite
@pytest.mark.rule("P-421")
async def test_a_reported_work_is_asked_about_removed_appealed_and_shown_again(server: Server) -> None:
    ada, mo = await person(server, "ada"), await keeper(server, "mo")
    work = await submitted(server, ada, encoded(meadow(96, 72)), ai="none")
    assert await ai_made.ask(server, "mo", [work.uri, "https://art.example/none"], ada.actor.id) == 1
    assert await ai_made.ask(server, "mo", [work.uri], ada.actor.id) == 1
    (case,) = await cases.queue()
    await cases.confirm(server, ada, work.id, Plea("By hand"))
    await cases.decide(server, moderator(mo), case.id, Act.REMOVE)
    assert (await Work.get(id=work.id)).state == State.WITHHELD
    await cases.appeal(server, ada, work.id, Plea("By hand, truly"))
    await cases.decide(server, moderator(mo), case.id, Act.CLEAR)  # nobody else is there
    assert ((await Work.get(id=work.id)).state, await Clearance.all().count()) == (State.PUBLISHED, 0)
    with pytest.raises(NotFound):
        await cases.decide(server, COMMAND_LINE, 12_345, Act.CLEAR)
    with pytest.raises(Invalid, match="Say one of"):
        await cases.decide(server, COMMAND_LINE, case.id, "burn")


@on_sqlite
@pytest.mark.rule("P-421")
async def test_nobody_decides_about_their_own_work_where_somebody_else_could(server: Server) -> None:
    mo, kim = await keeper(server, "mo"), await keeper(server, "kim")
    await submitted(server, mo, GENERATED, ai="none")
    (case,) = await cases.queue()
    with pytest.raises(Forbidden):
        await cases.decide(server, moderator(mo), case.id, Act.CLEAR)
    await cases.decide(server, moderator(kim), case.id, Act.CLEAR)
    assert (await cases.case(case.id)).stage is Stage.CLEARED


@on_sqlite
@pytest.mark.rule("P-400", "P-402")
async def test_what_a_place_forbids_is_refused_at_once_and_the_strictest_answer_counts(
    server: Server,
) -> None:
    ada = await person(server, "ada", ai="generated")
    picture = await upload(server, ada)
    for draft in (Draft((picture.id,)), Draft((picture.id,), ai="generated")):
        with pytest.raises(Invalid, match="takes no works that were generated with AI") as refused:
            await works.publish(server, ada, draft)
        assert refused.value.field == "ai"
    assert (await works.publish(server, ada, Draft(caption="Words alone"))).ai == ""
    stated = await upload(server, ada, ai="assisted")
    assert (await works.publish(server, ada, Draft((stated.id,), ai="none"))).ai == "assisted"
    with pytest.raises(Invalid, match="forbid, label, allow"):
        await ai_made.set_rules(server, "test", {"generated": "burn"})
    with pytest.raises(Invalid):
        await ai_made.set_rules(server, "test", {"drawn": "allow"})
    await ai_made.set_rules(server, "test", {"generated": "allow"})
    assert (await works.publish(server, ada, Draft((picture.id,)))).ai == "generated"
    assert [entry.detail for entry in await audit.entries()][-1] == {"generated": "allow"}


@on_sqlite
@pytest.mark.rule("P-414")
@pytest.mark.parametrize(
    ("answer", "raised"), [("echo 0.71", 7), ("echo seven", 0), ("exit 3", 0), (None, 0)]
)
async def test_a_detector_moves_a_case_up_the_queue_and_does_nothing_else(
    database_url: str, tmp_path: Path, answer: str | None, raised: int
) -> None:
    program = tmp_path / "detector"
    if answer is not None:
        program.write_text(f'#!/bin/sh\ntest -s "$1" && {answer}\n')
        os.chmod(program, stat.S_IRWXU)
    async with room(database_url, tmp_path, detector_cmd=str(program)) as server:
        ada = await person(server, "ada")
        plain = await submitted(server, ada, encoded(meadow(96, 72)), ai="none")
        hint = await submitted(server, ada, png({"prompt": COMFY["prompt"]}), ai="none")
        assert (plain.state, hint.state, plain.ai) == (State.PUBLISHED, State.PUBLISHED, "none")
        (case,) = await cases.queue()
        assert (case.work_id, case.priority) == (hint.id, 20 + raised)
        assert "0.71" not in str(case.course) + str(case.evidence)
