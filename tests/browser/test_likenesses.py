"""Somebody finds a picture of theirs under another name, and who looks after the place bans it."""

import httpx
from playwright.sync_api import expect

from fedicara.models import Account, Report
from fedicara.models.accounts import Role
from fedicara.server import Server
from tests.browser.conftest import Visitor
from tests.browser.paintings import WORKS, landscape
from tests.running import Running


def test_a_picture_like_ones_own_is_shown_beside_it_reported_and_banned(
    visitor: Visitor, site: Running
) -> None:
    show_again(site, site.artist("mallory"))
    visitor.sign_in("ada")
    page = visitor.open("/home")
    visitor.picture("home-likeness")
    page.get_by_role("link", name="Look at them").click()
    expect(page.get_by_role("heading", name="Pictures like yours")).to_be_visible()
    visitor.picture("likenesses")
    page.get_by_role("link", name="Report it").first.click()
    assert "looks like mine" in page.get_by_label("What should they know?").input_value()
    page.get_by_label("Something else").check()
    page.get_by_role("button", name="Send the report").click()
    page.wait_for_url("**sent=yes")

    number = site.call(look_after)
    page = visitor.open(f"/moderation/reports/{number}")
    page.get_by_text("Ban its picture").click()
    page.get_by_label("Why for those who").fill("Shown as her own, it is ada's")
    visitor.picture("report-ban")
    page.get_by_role("button", name="Ban it").click()
    page = visitor.open("/moderation/pictures")
    expect(page.get_by_text("Shown as her own")).to_be_visible()
    visitor.picture("banned-pictures")


def show_again(site: Running, token: str) -> None:
    """Post two paintings of ada's again, a little smaller."""
    headers = {"Authorization": f"Bearer {token}"}
    base = site.settings.base_url
    with httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as api:
        for seed in (1, 2):
            title, alt, (width, height), *colours = WORKS[seed]
            data = landscape((width * 3 // 4, height * 3 // 4), *colours, seed=seed)
            media = api.post(
                "/api/v2/media", files={"file": ("a.png", data, "image/png")}, data={"description": alt}
            )
            wish = {"media_ids": [media.json()["id"]], "fedicara": {"title": f"My {title.lower()}"}}
            assert api.post("/api/v1/statuses", json=wish).status_code == 200


async def look_after(server: Server) -> int:
    """Let ada look after the place; the number of her own report."""
    await Account.filter(actor__username="ada").update(role=Role.OWNER)
    report = await Report.all().order_by("-id").first()
    assert report is not None
    return report.id
