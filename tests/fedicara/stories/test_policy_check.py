"""`policy check` on whole servers: everything passes, each mouth that is silenced is named, others' sites are read."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedicara.actions.errors import Invalid
from fedicara.actions.policy_check import daily
from fedicara.actions.policy_check.check import Report, Wish, check
from fedicara.app import create
from fedicara.jobs.queue import Claim
from fedicara.models import Account, Actor
from fedicara.models.accounts import Role
from policies.check.verdicts import Mode, Verdict
from policies.policy import Policy
from tests.fediverse import Fediverse, Island, drawing

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]
GOOD = {Verdict.PASS, Verdict.NOT_APPLICABLE}
Body = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Mouth:
    """One mouth, and how it is silenced: where, which header it loses or gets, what becomes of the body."""

    surface: str
    path: str
    header: str = ""
    says: str = ""
    body: Body | None = None
    method: str = ""
    status: int = 0
    exit: int = 1


def without(what: bytes, instead: bytes = b"") -> Body:
    return lambda body: body.replace(what, instead)


def bare(content: bytes) -> bytes:
    """The picture without anything but pixels."""
    with Image.open(BytesIO(content)) as picture:
        out = BytesIO()
        Image.frombytes(picture.mode, picture.size, picture.tobytes()).save(out, picture.format or "PNG")
    return out.getvalue()


MOUTHS = [
    Mouth("S01", "/@", "x-robots-tag"),
    Mouth("S01", "/@", "content-usage", "train-ai=y, search=y"),
    Mouth("S01", "/@", "x-robots-tag", "noai, noimageai, max-image-preview:large", exit=4),
    Mouth("S01", "/@", "content-usage", "train-ai=n; search=y", exit=4),
    Mouth("S02", "/media/", "tdm-reservation"),
    Mouth("S02", "/media/", "tdm-policy", method="HEAD"),
    Mouth("S03", "/objects/", "content-usage"),
    Mouth("S04", "/@", body=without(b'name="robots"', b'name="robot"')),
    Mouth("S04", "/@", body=without(b'rel="terms-of-service"', b'rel="help"')),
    Mouth("S05", "/robots.txt", body=without(b"Content-Signal", b"X-Signal")),
    Mouth("S05", "/robots.txt", body=without(b"User-agent: GPTBot\n")),
    Mouth("S05", "/robots.txt", "content-type", "text/html"),
    Mouth("S06", "/.well-known/tdmrep.json", body=without(b":1", b":0")),
    Mouth("S06", "/.well-known/tdmrep.json", status=404),
    Mouth("S07", "/policies/tdm.json", body=without(b'"Offer"', b'"Agreement"')),
    Mouth("S08", "/media/", body=bare),
    Mouth("S11", "/objects/", body=without(b'"dataMining":', b'"mining":')),
    Mouth("S11", "/actors/", body=without(b'"contentUsage":', b'"usage":')),
    Mouth("S12", "/nodeinfo/", body=without(b'"aiPolicy"', b'"policy"')),
    Mouth("S13", "/@", "link"),
    Mouth("S14", "/ai-policy", body=without(b"not allowed", b"allowed")),
    Mouth("gate", "/media/", status=200),
    Mouth("inbox", "/inbox", status=403),
]


class Silenced:
    """An application behind a front server that spoils one mouth."""

    def __init__(self, app: ASGIApp, mouth: Mouth) -> None:
        self.app = app
        self.mouth = mouth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mouth = self.mouth
        if not scope["path"].startswith(mouth.path) or mouth.method not in ("", scope["method"]):
            return await self.app(scope, receive, send)
        heard: list[Message] = []

        async def keep(message: Message) -> None:
            heard.append(message)

        await self.app(scope, receive, keep)
        start, body = heard[0], b"".join(each.get("body", b"") for each in heard[1:])
        spoil = mouth.body if body and start["status"] == 200 else None
        dropped = {mouth.header.encode(), *([b"content-length"] if spoil else [])}
        start["headers"] = [pair for pair in start["headers"] if pair[0].lower() not in dropped]
        if mouth.says:
            start["headers"].append((mouth.header.encode(), mouth.says.encode()))
        start["status"] = mouth.status or start["status"]
        await send(start)
        await send({"type": "http.response.body", "body": spoil(body) if spoil else body})


async def judged(island: Island, url: str, **wish: object) -> Report:
    with island.server.database.bound():
        return await check(island.server, Wish(url, **wish))  # type: ignore[arg-type]


def faults(report: Report) -> list[str]:
    """What is not as it should be; which files visitors see is another story's matter."""
    return [
        f"{row.surface} {row.field} {row.target}: {row.expected} / {row.seen} {row.verdict} {row.note}"
        for row in report.rows
        if row.verdict not in GOOD
    ]


@pytest.mark.rule("P-107", "P-500", "P-501", "P-502", "P-505")
async def test_everything_passes_and_whatever_mouth_is_silenced_is_the_one_that_fails(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    status = await ada.post(drawing(), alt="A drawing", status="Said")
    for url in (status["url"], status["uri"], "https://art.example/@ada", "https://art.example/"):
        asked = len(fediverse.router.exchanges)
        report = await judged(art, url)
        assert not faults(report)
        assert (report.mode, report.exit()) == (Mode.SELF, 0)
        assert len(fediverse.router.exchanges) - asked <= 60
    assert {row.surface for row in report.rows} >= {
        f"S{number:02}" for number in (*range(1, 9), *range(10, 15))
    }
    for mouth in MOUTHS:
        fediverse.router.join("art.example", Silenced(create(art.server), mouth))
        report = await judged(art, status["url"])
        assert {row.surface for row in report.rows if row.verdict not in GOOD} == {mouth.surface}, (
            mouth,
            faults(report),
        )
        assert report.exit() == mouth.exit, mouth
    fediverse.router.join("art.example", create(art.server))


@pytest.mark.rule("P-107")
@pytest.mark.parametrize("choice", [{"search": "deny"}, {"licensing": "none"}], ids=["E2", "E7"])
async def test_an_artists_own_policy_is_said_by_page_picture_and_terms(
    fediverse: Fediverse, choice: dict[str, str]
) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    with art.server.database.bound():
        await Actor.filter(id=ada.actor.id).update(policy=choice)
    status = await ada.post(drawing(), alt="A drawing", status="Said")
    report = await judged(art, status["url"])
    assert report.expected[next(iter(choice))] == next(iter(choice.values()))
    assert not [each for each in faults(report) if not each.startswith("S03 ")]


@pytest.mark.rule("P-500", "P-502", "P-503")
async def test_another_server_is_observed_within_small_bounds_and_as_nobody_else(
    fediverse: Fediverse,
) -> None:
    art, there = await fediverse.island("art", cloak="none"), await fediverse.island("there", cloak="none")
    status = await (await there.artist("bob")).post(drawing(), alt="A drawing", status="Said")
    fediverse.router.exchanges.clear()
    report = await judged(art, status["url"])
    assert report.mode is Mode.OBSERVE
    assert report.expected["ai_train"] == "deny"
    assert report.exit() == 0
    asked = [each for each in fediverse.router.exchanges if each.url.startswith("https://there.example")]
    assert len(asked) <= 15
    named = {each.headers["user-agent"] for each in asked if "signature" not in each.headers}
    assert len(named) == 1
    assert named.pop().startswith("fedicara-policy-check/")
    assert not faults(await judged(art, status["url"], expect=Policy()))
    with pytest.raises(Invalid):
        await judged(art, status["url"], crawler="GPTBot")
    lies = Mouth("", "/@", "content-usage", "train-ai=y, search=y")
    fediverse.router.join("there.example", Silenced(create(there.server), lies))
    assert (await judged(art, status["url"])).exit() == 1
    closed = Mouth("", "/robots.txt", body=lambda _: b"User-agent: fedicara-policy-check\nDisallow: /@\n")
    fediverse.router.join("there.example", Silenced(create(there.server), closed))
    fediverse.router.exchanges.clear()
    report = await judged(art, status["url"])
    assert report.exit() == 3
    assert "robots.txt" in report.reason
    assert not [each for each in fediverse.router.exchanges if "/@bob" in each.url]


@pytest.mark.rule("P-500", "P-503")
async def test_a_site_that_was_never_a_fedicara_is_read_too(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none")

    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        page = b'<head><meta name="robots" content="noai"></head><img src="/a.gif">'
        pages = {"/": page, "/robots.txt": b"User-agent: GPTBot\nDisallow: /\n", "/a.gif": b"GIF89a"}
        body = pages.get(scope["path"])
        headers = [(b"content-type", b"text/html" if body == page else b"text/plain")]
        await send({"type": "http.response.start", "status": 200 if body else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body or b""})

    fediverse.router.join("plain.example", plain)
    report = await judged(art, "https://plain.example/")
    assert report.expected == {"ai_train": "deny"}
    assert report.exit() in (0, 3)
    assert (await judged(art, "https://plain.example/", expect=Policy())).exit() == 1
    assert (await judged(art, "https://nobody.example/")).exit() == 3


@pytest.mark.rule("P-508")
async def test_the_daily_self_check_tells_moderators_once_and_takes_it_back(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none")
    ada = await art.artist("ada")
    await ada.sign_in()
    status = await ada.post(drawing(), alt="A drawing", status="Said")
    with art.server.database.bound():
        await Account.filter(actor_id=ada.actor.id).update(role=Role.MODERATOR)
    spoiled = Mouth("S02", "/media/", "x-robots-tag")
    for mouth, failing in ((None, 0), (spoiled, 1), (spoiled, 1), (None, 0)):
        app = create(art.server)
        fediverse.router.join("art.example", Silenced(app, mouth) if mouth else app)
        with art.server.database.bound():
            await daily.run(art.server, Claim(1, daily.SELF_CHECK, "", {}, 0))
            assert [each.about for each in await daily.failing()] == [status["url"]] * failing
        room = (await ada.browser.get("/moderation")).text
        assert ("S02 X-Robots-Tag: absent" in room) == bool(failing)
    assert await art.count("audit", "action = $1", daily.FAILED) == 1
    assert await art.count("jobs", "kind = $1", daily.SELF_CHECK) == 1
