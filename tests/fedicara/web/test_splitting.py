"""Line ends and orders to terminals, wherever somebody can write them (WEB-16)."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import structlog

from fedicara.app import create
from fedicara.cli import logs
from tests.fedicara.web.forms import token_in
from tests.fediverse import PASSWORD, Fediverse, Island, Person, drawing, good

EVIL = "x\r\nSet-Cookie: evil=1\r\n\r\n<script>\x1b[31m\u202e\u2028"
SPOILING = ("\r", "\n", "\x1b", "\u202e", "\u2028", "\x9b")


@pytest.fixture
def database_kind() -> str:
    """Lines do not depend on the database."""
    return "sqlite"


class Watched:
    """The application of a place, with every header it sends."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app
        self.sent: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def kept(message: Any) -> None:
            self.sent += message.get("headers", ())
            await send(message)

        await self.app(scope, receive, kept)


@pytest.mark.anyio
@pytest.mark.threat("WEB-16")
async def test_no_answer_holds_a_line_that_somebody_else_wrote(
    world: Fediverse, island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    watched = Watched(create(island.server))
    world.router.join("art.example", watched)
    page = await visitor.get("/sign-in", params={"next": f"/{EVIL}"})
    fields = {"_token": token_in(page.text), "username": "ada", "password": PASSWORD, "next": f"/{EVIL}"}
    assert (await visitor.post("/sign-in", data=fields)).status_code == 303
    files = {"file": (EVIL, drawing(), "image/png")}
    good(await ada.api.post("/api/v2/media", files=files, data={"description": EVIL}), 200, 202)
    for path in (
        "/@{}",
        "/tags/{}",
        "/media/{}",
        "/static/{}",
        "/proxy/1/{}",
        "/emoji/1/{}",
        "/@ada/{}",
        "/invitations/{}",
    ):
        for document in ("text/html", "application/activity+json"):
            encoded = (
                path.format(httpx.QueryParams({"": EVIL}))
                .replace("/=", "/")
                .replace("@=", "@")
                .replace("+", "%20")
            )
            await ada.browser.get(encoded, headers={"Accept": document, "Accept-Language": "x\x1b[31m"})
    await ada.browser.get("/search", params={"q": EVIL})
    await ada.browser.get("/authorize_interaction", params={"uri": EVIL})
    await visitor.get("/.well-known/webfinger", params={"resource": EVIL})
    assert len(watched.sent) > 200
    for name, value in watched.sent:
        assert not {13, 10, 27, 0} & {*name, *value}, (name, value)
        assert not value.startswith(b"evil"), (name, value)


@pytest.mark.threat("WEB-16")
def test_an_entry_of_the_log_stays_one_line_and_gives_no_orders(capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_stderr()
    try:
        log = structlog.get_logger()
        log.warning(
            "not done for the moment",
            path=f"/{EVIL}",
            actor="https://evil.example/\x1b[2J",
            error=f"\x9b{EVIL}",
        )
        log.warning(EVIL, reason="héron 🦤")
        said = capsys.readouterr().err
    finally:
        structlog.reset_defaults()
    assert said.count("\n") == len(said.splitlines()) == 2
    assert not [each for each in SPOILING[1:] if each in said.replace("\n", "")]
    assert "\r" not in said
    assert "héron 🦤" in said
