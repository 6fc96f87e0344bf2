"""Chromium, and a running server with an artist, for the tests of the pages."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from fedicara.settings import Settings
from tests.browser.paintings import WORKS, landscape
from tests.interop.peer import free_port
from tests.running import PASSWORD, Running

SCREENSHOTS = Path(__file__).parent.parent.parent / "build" / "screenshots"
WIDTHS = {"phone": (360, 780), "wide": (1280, 860)}
SCHEMES = ("light", "dark")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Headless Chromium of the system."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        reason = "Chromium is not installed; on Debian and Ubuntu: apt-get install chromium"
        if os.environ.get("FEDICARA_REQUIRE") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with the artists `ada` and `bob`."""
    port = free_port()
    settings = Settings(
        base_url=f"http://127.0.0.1:{port}",
        data=tmp_path_factory.mktemp("site"),
        egress_allow="127.0.0.0/8",
        name="Lantern",
    )
    running = Running(settings, "127.0.0.1", port)
    running.start()
    try:
        exhibit(running, running.artist("ada"))
        running.artist("bob")
        yield running
    finally:
        running.stop()


def exhibit(running: Running, token: str) -> None:
    """Post every painting through the API."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(
        base_url=running.settings.base_url, headers=headers, timeout=60, trust_env=False
    ) as api:
        for seed, (title, alt, size, *colours) in enumerate(WORKS):
            picture = ("painting.png", landscape(size, *colours, seed=seed), "image/png")
            media = api.post("/api/v2/media", files={"file": picture}, data={"description": alt})
            wish = {"media_ids": [media.json()["id"]], "status": "", "fedicara": {"title": title}}
            assert api.post("/api/v1/statuses", json=wish).status_code == 200


@dataclass
class Visitor:
    """A page of a browser of its own; what its console complains about is kept."""

    page: Page
    base_url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(self.base_url + path)
        return self.page

    def sign_in(self, username: str) -> None:
        """Sign in through the page."""
        self.open("/sign-in")
        self.page.get_by_label("Name").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: not url.endswith("/sign-in"))

    def picture(self, name: str) -> None:
        """Keep what the page looks like on a phone and on a wide screen, in light and dark."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        before = self.page.viewport_size
        for width, (x, y) in WIDTHS.items():
            self.page.set_viewport_size({"width": x, "height": y})
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                self.page.evaluate(LOADED)
                self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
            assert self.page.evaluate(FITS), f"{name} is wider than a {width} screen"
        if before:
            self.page.set_viewport_size(before)

    def heard(self, message: ConsoleMessage) -> None:
        """Keep what the console says in red, such as a broken content security policy."""
        if message.type == "error":
            self.complaints.append(message.text)


LOADED = """Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().catch(() => {});
}))"""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture
def visitor(chromium: Browser, site: Running, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody who comes with an empty browser; at the end the console must have stayed silent."""
    options: dict[str, Any] = getattr(request, "param", {})
    context = chromium.new_context(
        viewport={"width": 1280, "height": 860}, reduced_motion="reduce", **options
    )
    context.set_default_timeout(30_000)
    somebody = Visitor(context.new_page(), site.settings.base_url)
    somebody.page.on("console", somebody.heard)
    somebody.page.on("pageerror", lambda error: somebody.complaints.append(str(error)))
    yield somebody
    context.close()
    assert not somebody.complaints
