"""Before and after a cloak in a browser: a slider, side by side, and the same without scripts."""

import httpx
import pytest
from playwright.sync_api import expect

from fedicara.models import Account
from fedicara.models.accounts import Role
from tests.browser.conftest import Visitor
from tests.running import Running

WITHOUT_SCRIPTS = pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)


@pytest.fixture(scope="module")
def work(site: Running) -> str:
    """The page of a work of ada's."""
    with httpx.Client(base_url=site.settings.base_url, timeout=60, trust_env=False) as api:
        found = api.get("/api/v1/timelines/public", params={"local": "true"}).json()
    return str(next(each["url"] for each in found if each["fedicara"]["title"] == "Ember")).removeprefix(
        site.settings.base_url
    )


@pytest.mark.rule("C-004")
def test_before_and_after_lie_over_each_other_with_a_slider_or_side_by_side(
    visitor: Visitor, work: str
) -> None:
    visitor.sign_in("ada")
    page = visitor.open(work)
    page.get_by_role("link", name="Before and after").click()
    before, after = (
        page.get_by_alt_text("Before, as you uploaded it"),
        page.get_by_alt_text("After, as others get it"),
    )
    slider = page.get_by_role("slider")
    expect(slider).to_be_visible(timeout=60_000)
    assert before.bounding_box() == after.bounding_box()
    clip = "getComputedStyle(document.querySelectorAll('[data-pair] figure')[1]).clipPath"
    assert "50%" in page.evaluate(clip)
    slider.focus()
    page.keyboard.press("End")
    assert page.evaluate(clip) in ("inset(0px 0px 0px 0%)", "inset(0px)", "inset(0px 0px 0px)")
    visitor.picture("cloak")
    page.get_by_role("button", name="Side by side").click()
    left, right = before.bounding_box(), after.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    expect(page.get_by_text("100 %, where most was changed")).to_be_visible()
    for image in page.locator("main img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0


@WITHOUT_SCRIPTS
def test_without_scripts_the_two_stand_side_by_side_and_an_administrator_has_pictures_cloaked_again(
    visitor: Visitor, site: Running, work: str
) -> None:
    site.call(lambda server: Account.filter(actor__username="ada").update(role=Role.ADMIN))
    visitor.sign_in("ada")
    page = visitor.open(f"{work}/cloak")
    after = page.get_by_alt_text("After, as others get it")
    expect(after).to_be_visible(timeout=60_000)
    left, right = page.get_by_alt_text("Before, as you uploaded it").bounding_box(), after.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    expect(page.get_by_role("slider")).to_have_count(0)
    visitor.open("/settings/cloak")
    expect(page.get_by_role("heading", name="Pictures with a cloak")).to_be_visible()
    expect(page.get_by_text("Generator, version 1")).to_be_visible()
    assert page.get_by_role("button", name="Cloak").count() == 0, "nothing is out of date"
