"""What uploads state of their use, in the request and inside the file, tightens the policy of their work."""

import re
from html import unescape
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from fedicara.actions import place_policy
from fedicara.actions.place_policy import Change
from fedicara.federation.said.documents import note_document
from fedicara.models import PolicyChange, Work
from tests.fedicara.web.forms import multipart, post, send, token, wrong
from tests.fediverse import Island, Person, drawing, good
from tests.media.markers import packet, signed

pytestmark = pytest.mark.anyio

LOOSE = {"ai_train": "allow", "ai_input": "allow", "tdm": "open"}
PLUS = 'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-'
NO_INPUT = {
    "label": "cawg.training-mining",
    "data": {"entries": {"cawg.ai_inference": {"use": "notAllowed"}, "cawg.ai_training": {"use": "allowed"}}},
}


@pytest.fixture
async def open_island(island: Island) -> Island:
    """A place that permits everything, so that whatever is denied was denied by an upload."""
    with island.server.database.bound():
        await place_policy.change_place(island.server, "command line", Change(LOOSE, LOOSE))
    return island


def saying(word: str) -> bytes:
    """A drawing whose XMP says this of data mining."""
    out = BytesIO()
    picture = Image.open(BytesIO(drawing()))
    picture.save(out, "JPEG", xmp=packet(attributes=f'{PLUS}{word}"'))
    return out.getvalue()


async def sent(person: Person, data: bytes, *usage: str, path: str = "/api/v2/media") -> httpx.Response:
    files = {"file": ("heron", data, "image/png")}
    lines = [("Content-Usage", line) for line in usage]
    return await person.api.post(path, files=files, data={"description": "A heron"}, headers=lines)


async def published(person: Person, *pictures: str) -> Any:
    async with person.island.working():
        return good(await person.api.post("/api/v1/statuses", json={"media_ids": pictures}))


async def told(island: Island, status: Any) -> Any:
    """The document that other servers read."""
    with island.server.database.bound():
        return await note_document(island.server, await Work.get(id=int(status["id"])))


def denied(policy: dict[str, Any]) -> set[str]:
    return {
        name for name in ("search", "ai_train", "ai_input", "tdm") if policy[name] in ("deny", "reserved")
    }


@pytest.mark.rule("P-020")
async def test_what_the_request_states_tightens_every_mouth_of_the_work_and_loosens_nothing(
    open_island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    plain = good(await sent(ada, drawing()), 202)
    async with open_island.working():
        strict = good(await sent(ada, drawing(), "search=n", "train-ai=n", path="/api/v1/media"))
        loose = good(await sent(ada, drawing(), "train-ai=y, search=y, bots=n"), 200, 202)
    assert denied(strict["ai_policy"]) == {"ai_train", "search"}
    assert denied((await published(ada, plain["id"]))["ai_policy"]) == set()
    # One picture of the work says no, the other says yes.
    status = await published(ada, loose["id"], strict["id"])
    assert denied(status["ai_policy"]) == {"ai_train", "search"}
    page = await visitor.get(status["url"])
    assert page.headers["x-robots-tag"] == "noai, noimageai, noindex, noimageindex"
    assert page.headers["content-usage"] == "train-ai=n, search=n"
    assert page.headers["tdm-reservation"] == "1"
    file = await visitor.get(status["media_attachments"][0]["url"])
    assert file.headers["content-usage"] == "train-ai=n, search=n"
    assert b'ldf/vocab/DMI-PROHIBITED"' in file.content
    document = await told(open_island, status)
    for each in (document, *document["attachment"]):
        assert each["contentUsage"] == "train-ai=n, search=n"
        assert each["contentSignal"] == "search=no, ai-input=yes, ai-train=no"
    # It stays so when the artist would rather be looser: the evidence says since when.
    change = {"fedicara": {"policy": {"ai_train": "allow", "ai_input": "deny"}}}
    edited = good(await ada.api.put(f"/api/v1/statuses/{status['id']}", json={"status": "", **change}))
    assert denied(edited["ai_policy"]) == {"ai_train", "ai_input", "search"}
    with open_island.server.database.bound():
        stated = await PolicyChange.filter(subject=status["uri"]).order_by("id")
    assert [each.policy["ai_input"] for each in stated] == ["allow", "deny"]
    assert {each.policy["ai_train"] for each in stated} == {"deny"}


@pytest.mark.rule("P-020")
async def test_a_field_that_nobody_can_read_is_refused_by_name_and_the_form_takes_one_too(
    open_island: Island, ada: Person
) -> None:
    answer = await sent(ada, drawing(), "Train-AI=n")
    assert answer.status_code == 422
    assert answer.json()["details"].keys() == {"Content-Usage"}
    headers = {"X-Form-Token": await token(ada.browser), "Content-Usage": "train-ai=n, ="}
    assert (await ada.browser.post("/uploads", content=drawing(), headers=headers)).status_code == 422
    form = [("_token", headers["X-Form-Token"]), ("ai", "none"), ("picture", drawing()), ("alt", "A heron")]
    body, kind = multipart([*form, ("visibility", "public")])
    torn = await ada.browser.post("/post", content=body, headers={"Content-Type": kind, **headers})
    assert torn.status_code == 422
    assert "Content-Usage cannot be read" in wrong(torn)[0]
    assert await open_island.count("pictures") == 0
    assert open_island.files() == []
    headers["Content-Usage"] = "train-ai=n"
    made = await ada.browser.post("/post", content=body, headers={"Content-Type": kind, **headers})
    await open_island.work_off()
    page = await ada.browser.get(made.headers["location"])
    assert page.headers["content-usage"] == "train-ai=n, search=y"


def noticed(page: str) -> list[str]:
    """What the page tells its artist of what the files say."""
    return [unescape(text) for text in re.findall(r'<p class="already small">([^<]+)</p>', page)]


@pytest.mark.rule("P-021")
async def test_what_the_file_says_is_told_before_publishing_and_stated_everywhere(
    open_island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    says = (
        "Your file already says: no AI training, text and data mining reserved, no listing by search engines."
    )
    headers = {"X-Form-Token": await token(ada.browser)}
    numbers = []
    for data in (saying("PROHIBITED"), saying("ALLOWED"), signed(assertions=(NO_INPUT,))):
        made = (await ada.browser.post("/uploads", content=data, headers=headers)).json()
        assert made["already"] == []
        numbers.append(made["id"])
    await open_island.work_off()
    heard = [(await ada.browser.get(f"/uploads/{number}.json")).json()["already"] for number in numbers]
    input_too = "Your file already says: no use as AI input. You can be stricter here, not looser."
    assert heard == [[f"{says} You can be stricter here, not looser."], [], [input_too]]
    # The form that comes back for want of a declaration says it without a script.
    wish = [pair for number in numbers for pair in (("picture_id", number), ("alt", "A heron"))]
    body, kind = multipart([("_token", headers["X-Form-Token"]), *wish, ("visibility", "public")])
    asked = await ada.browser.post("/post", content=body, headers={"Content-Type": kind})
    assert (asked.status_code, noticed(asked.text)) == (422, [heard[0][0], input_too])
    works = [await published(ada, number) for number in numbers]
    assert [denied(each["ai_policy"]) for each in works] == [
        {"search", "ai_train", "tdm"},
        set(),
        {"ai_input"},
    ]
    strict = works[0]
    page, file = await visitor.get(strict["url"]), strict["media_attachments"][0]["url"]
    for answer in (page, await visitor.get(file)):
        assert answer.headers["x-robots-tag"] == "noai, noimageai, noindex, noimageindex"
        assert answer.headers["content-usage"] == "train-ai=n, search=n"
    assert b'ldf/vocab/DMI-PROHIBITED"' in (await visitor.get(file)).content
    document = await told(open_island, strict)
    for each in (document, *document["attachment"]):
        assert each["dataMining"].endswith("/DMI-PROHIBITED")
    # A work that was published before its file was looked through waits for that.
    form = (("ai", "none"), ("picture", saying("PROHIBITED-GENAIMLTRAINING")), ("alt", "A heron"))
    quick = (await post(ada.browser, *form, ("visibility", "public"))).headers["location"]
    await open_island.work_off()
    answer = await visitor.get(quick)
    assert answer.headers["content-usage"] == "train-ai=n, search=y"
    picture = re.findall(r'<img src="[^"]+(/media/[^"]+)"', answer.text)[0]
    assert b"DMI-PROHIBITED-GENAIMLTRAINING" in (await visitor.get(picture)).content
    # The page to edit says it too, and what is chosen there loosens nothing.
    path = f"{strict['url'].removeprefix(open_island.server.settings.base_url)}/edit"
    assert noticed((await ada.browser.get(path)).text) == heard[0]
    loosened = {f"policy.{name}": value for name, value in LOOSE.items()}
    words = {"title": "Heron", "ai": "none", "licence": "cc-by", f"alt.{numbers[0]}": "A heron"}
    assert (await send(ada.browser, path, {**words, **loosened})).status_code == 303
    assert denied((await ada.status(strict["id"]))["ai_policy"]) == {"search", "ai_train", "tdm"}
