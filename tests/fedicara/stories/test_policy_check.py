"""`policy check` on whole servers: everything passes, each mouth that is silenced is named, others' sites are read."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedicara.actions.errors import Invalid
from fedicara.actions.place_policy import Change, change_place
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
    Mouth(
        "S07",
        "/policies/tdm.json",
        body=without(b'"uid":"https://art.example"', b'"uid":"https://no.example"'),
    ),
    Mouth("S08", "/media/", body=bare),
    Mouth("S11", "/objects/", body=without(b'"dataMining":', b'"mining":')),
    Mouth("S11", "/actors/", body=without(b'"contentUsage":', b'"usage":')),
    Mouth("S12", "/nodeinfo/", body=without(b'"aiPolicy"', b'"policy"')),
    Mouth("S13", "/@", "link"),
    Mouth("S14", "/ai-policy", body=without(b"not allowed", b"allowed")),
    Mouth("gate", "/media/", status=200),
    Mouth("inbox", "/inbox", status=403),
]


RSL_MOUTHS = [
    Mouth("S05", "/robots.txt", body=without(b"License: ", b"# License: ")),
    Mouth("S10", "/license.xml", body=without(b"prohibits", b"permits")),
    Mouth("S10", "/license.xml", "content-type", "text/xml"),
    Mouth("S10", "/license.xml", status=404, exit=3),
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
    assert {row.surface for row in report.rows} >= {f"S{number:02}" for number in range(1, 15)}
    for mouth in MOUTHS:
        fediverse.router.join("art.example", Silenced(create(art.server), mouth))
        report = await judged(art, status["url"])
        assert {row.surface for row in report.rows if row.verdict not in GOOD} == {mouth.surface}, (
            mouth,
            faults(report),
        )
        assert report.exit() == mouth.exit, mouth
    fediverse.router.join("art.example", create(art.server))


@pytest.mark.rule("P-107", "P-135")
async def test_where_pictures_are_signed_the_statement_inside_is_read_and_missed(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none", c2pa=True)
    status = await (await art.artist("ada")).post(drawing(), alt="A drawing", status="Said")
    report = await judged(art, status["url"])
    assert not faults(report)
    said = [row for row in report.rows if row.surface == "S09"]
    assert {"card", "large", "preview", "small"} <= {row.target.split()[0] for row in said}
    assert all("cawg.data_mining=notAllowed" in row.seen and row.verdict is Verdict.PASS for row in said)
    for body in (bare, without(b"notAllowed", b"not_llowed")):
        mouth = Mouth("S09", "/media/", body=body)
        fediverse.router.join("art.example", Silenced(create(art.server), mouth))
        report = await judged(art, status["url"])
        assert "S09" in {row.surface for row in report.rows if row.verdict not in GOOD}
        assert report.exit() == 1
    fediverse.router.join("art.example", create(art.server))


@pytest.mark.rule("P-140", "P-107")
async def test_where_rsl_is_switched_on_it_is_said_and_missed_and_else_nowhere(fediverse: Fediverse) -> None:
    art = await fediverse.island("art", cloak="none", rsl=True)
    plain = await fediverse.island("plain", cloak="none")
    status = await (await art.artist("ada")).post(drawing(), alt="A drawing", status="Said")
    picture = status["media_attachments"][0]["preview_url"]
    async with art.client() as visitor, plain.client() as other:
        document = await visitor.get("/license.xml")
        assert document.headers["content-type"].partition(";")[0] == "application/rsl+xml"
        assert '<prohibits type="usage">ai-train,ai-input</prohibits>' in document.text
        assert "\nLicense: https://art.example/license.xml\n" in (await visitor.get("/robots.txt")).text
        for address in (status["url"], picture, "/", "/@ada"):
            links = (await visitor.get(address)).headers["link"]
            assert '<https://art.example/license.xml>; rel="license"; type="application/rsl+xml"' in links
        assert "/license.xml" in (await visitor.get("/ai-policy")).text
        assert (await other.get("/license.xml")).status_code == 404
        assert "icense" not in (await other.get("/robots.txt")).text + (await other.get("/")).headers["link"]
    report = await judged(art, status["url"])
    assert not faults(report)
    said = {f"{row.surface} {row.field}": row.seen for row in report.rows if row.verdict is Verdict.PASS}
    assert said["S10 license.xml"] == "search=yes, ai-train=no, ai-input=no"
    assert said["S13 license RSL"] == said["S05 License"] == "https://art.example/license.xml"
    for mouth in RSL_MOUTHS:
        fediverse.router.join("art.example", Silenced(create(art.server), mouth))
        report = await judged(art, status["url"])
        silent = {row.surface for row in report.rows if row.verdict not in GOOD}
        assert (silent, report.exit()) == ({mouth.surface}, mouth.exit), (mouth, faults(report))
    fediverse.router.join("art.example", create(art.server))


@dataclass(frozen=True)
class Example:
    """A row of table 1.6: what the artist and the work choose, and what is sent with the work, its picture and its document."""

    artist: dict[str, str]
    work: dict[str, str]
    robots: str
    usage: str
    reservation: str
    mining: str
    asks: bool = True


LISTED, HIDDEN = "train-ai=n, search=y", "train-ai=n, search=n"
EXCEPT_SEARCH = "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"
BOUNDED = {
    "E2": Example(
        {"search": "deny"}, {}, "noai, noimageai, noindex, noimageindex", HIDDEN, "1", "DMI-PROHIBITED"
    ),
    "E7": Example({}, {"licensing": "none"}, "noai, noimageai", LISTED, "1", EXCEPT_SEARCH, asks=False),
}
LOOSENED = {
    "E4": Example(
        {},
        {"ai_train": "allow", "tdm": "open"},
        "",
        "train-ai=y, search=y",
        "0",
        "DMI-PROHIBITED-SEECONSTRAINT",
        asks=False,
    ),
    "E5": Example({"tdm": "open"}, {}, "noai, noimageai", LISTED, "1", "DMI-PROHIBITED-GENAIMLTRAINING"),
}


async def told(island: Island, name: str, example: Example) -> None:
    """Post a work as the example says; everything about it says so, and the self-test agrees."""
    artist = await island.artist(name)
    with island.server.database.bound():
        await Actor.filter(id=artist.actor.id).update(policy=example.artist)
    chosen = {"fedicara": {"policy": example.work}}
    status = await artist.post(drawing(), alt="A drawing", status="Said", **chosen)
    async with island.client() as visitor:
        picture = status["media_attachments"][0]["preview_url"]
        document = await visitor.get(status["uri"], headers={"Accept": "application/activity+json"})
        redirect = await visitor.get(status["uri"], headers={"Accept": "text/html"})
        for answer in (await visitor.get(status["url"]), await visitor.get(picture), document, redirect):
            assert answer.headers.get("x-robots-tag", "") == example.robots, answer.url
            assert answer.headers["content-usage"] == example.usage, answer.url
            assert answer.headers["tdm-reservation"] == example.reservation, answer.url
            assert ("tdm-policy" in answer.headers) == example.asks, answer.url
        refused = await visitor.get(f"{status['uri']}/replies", headers={"Accept": "text/html"})
        assert (refused.status_code, refused.headers["x-robots-tag"]) == (406, "noai, noimageai")
        terms = document.json()
        assert terms["dataMining"].endswith(f"/{example.mining}")
        assert terms["tdmReservation"] == int(example.reservation)
        assert ("tdmPolicy" in terms) == example.asks
    for url in (
        status["url"],
        status["uri"],
        f"https://art.example/@{name}",
        artist.actor.uri,
        "https://art.example/",
    ):
        report = await judged(island, url)
        assert not faults(report), url
        assert report.exit() == 0
    assert {row.surface for row in report.rows} >= {f"S{number:02}" for number in range(1, 15)}


@pytest.mark.rule("P-107", "P-101", "P-035")
async def test_the_worked_examples_are_said_by_every_surface_and_the_self_test_agrees(
    fediverse: Fediverse,
) -> None:
    art = await fediverse.island("art", cloak="none", authorized_fetch=False)
    for name, example in BOUNDED.items():
        await told(art, name.lower(), example)
    async with art.client() as visitor:
        assert "\nContent-Usage: train-ai=n, search=y\n" in (await visitor.get("/robots.txt")).text
        with art.server.database.bound():
            await change_place(art.server, "admin", Change(floor={"ai_train": "allow", "tdm": "open"}))
        robots = (await visitor.get("/robots.txt")).text
        assert "*\nContent-Usage: search=y\nContent-Signal: search=yes, ai-input=no\n" in robots
    for name, example in LOOSENED.items():
        await told(art, name.lower(), example)


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
