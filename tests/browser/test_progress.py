"""Somebody watches their pictures being prepared, while the server stops and starts again."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from fedicara.actions import uploads, works
from fedicara.actions.authentication import Viewer
from fedicara.actions.works import Draft
from fedicara.models import Account, Actor, Picture
from fedicara.server import Server
from fedicara.settings import Settings
from tests.browser.conftest import Visitor
from tests.browser.paintings import landscape
from tests.fedicara.actions.darkroom import pieces
from tests.interop.peer import free_port
from tests.running import Running

LARGE = landscape((2400, 1600), (62, 70, 132), (250, 160, 112), (28, 24, 40), seed=12)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A place of its own, since it is stopped and started."""
    return Settings(
        base_url=f"http://127.0.0.1:{free_port()}", data=tmp_path, egress_allow="127.0.0.0/8", name="Lantern"
    )


def start(settings: Settings) -> Running:
    made = Running(settings, "127.0.0.1", int(settings.base_url.rpartition(":")[2]))
    made.start()
    return made


async def queue(server: Server) -> int:
    """The last of several works of ada that wait to be prepared."""
    actor = await Actor.get(username="ada", domain="")
    ada = Viewer(await Account.get(actor_id=actor.id), actor, frozenset())
    for number in range(7):
        picture = await uploads.receive(server, ada, pieces(LARGE), uploads.About(alt="Hills"))
        work = await works.publish(server, ada, Draft((picture.id,), title=f"Hills {number}", ai="none"))
    return work.id


@pytest.mark.rule("C-009", "V-006")
def test_the_page_goes_on_by_itself_over_a_restart_of_the_server(
    chromium: Browser, settings: Settings
) -> None:
    running = start(settings)
    try:
        context = chromium.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
        visitor = Visitor(context.new_page(), settings.base_url)
        running.artist("ada")
        visitor.sign_in("ada")
        page = visitor.open(f"/@ada/{running.call(queue)}")
        step = page.locator("#progress .step")
        expect(step).to_contain_text("before it")
        expect(step).to_contain_text("left")
        visitor.picture("progress")
        running.stop()
        running = start(settings)
        expect(page.locator("#stage img")).to_be_visible(timeout=240_000)
        left = running.call(unready)
        assert left == 0
        context.close()
    finally:
        running.stop()


async def unready(server: Server) -> int:
    return await Picture.exclude(state="ready").count()
