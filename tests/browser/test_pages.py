"""People at work in a browser: signing in, posting a picture, looking at it, following."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from fedicara.models import Account, Peer
from fedicara.models.accounts import Role
from tests.browser.conftest import Visitor
from tests.browser.paintings import landscape
from tests.media.markers import SETTINGS, png
from tests.running import PASSWORD, Running

WITHOUT_SCRIPTS = pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)


@pytest.fixture(scope="module")
def dunes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of two megapixels."""
    path = tmp_path_factory.mktemp("pictures") / "dunes.png"
    path.write_bytes(landscape((1800, 1200), (62, 70, 132), (250, 160, 112), (28, 24, 40), seed=11))
    return path


def test_a_wrong_password_is_said_so_and_the_right_one_signs_in(visitor: Visitor) -> None:
    page = visitor.open("/sign-in")
    visitor.picture("sign-in")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    visitor.complaints.clear()  # Chromium reports the answer's status 422 as an error

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Post", exact=True).first).to_be_visible()


def test_a_picture_is_posted_with_a_progress_bar_and_shown_large_on_its_page(
    visitor: Visitor, dunes: Path
) -> None:
    visitor.sign_in("ada")
    page = visitor.open("/post")
    visitor.picture("post")
    page.locator("#choose").set_input_files(dunes)
    bar = page.locator("#uploads progress")
    expect(bar).to_be_visible()
    page.locator("#uploads textarea[name=alt]").fill("Hills at dusk, one behind the other")
    page.get_by_label("Title").fill("Six hills")
    page.get_by_label("No AI").check()
    page.get_by_label("Caption").fill("The last light. #dusk")
    expect(page.locator("#publish")).to_be_enabled()
    expect(page.locator("#uploads .step")).to_have_text("Done", timeout=60_000)
    visitor.picture("post-filled")
    page.locator("#publish").click()

    page.wait_for_url("**/@ada/*")
    large = page.locator("#stage img")
    expect(large).to_be_visible(timeout=60_000)
    expect(large).to_have_attribute("alt", "Hills at dusk, one behind the other")
    page.wait_for_function("document.querySelector('#stage img').naturalWidth > 600")
    expect(page.get_by_role("heading", name="Six hills")).to_be_visible()
    expect(page.get_by_text("Use by AI")).to_be_visible()
    expect(page.get_by_text("experimental")).to_be_visible()
    visitor.picture("work")


def test_the_lightbox_opens_and_closes_from_the_keyboard(visitor: Visitor) -> None:
    page = visitor.open("/@ada")
    visitor.picture("gallery")
    page.locator("main a[href^='/@ada/']").first.click()
    page.locator("#stage a[data-picture]").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_work_page_says_its_policy_in_the_head_and_keeps_the_original_to_itself(visitor: Visitor) -> None:
    page = visitor.open("/@ada")
    page.locator("main a[href^='/@ada/']").first.click()
    page.wait_for_url("**/@ada/*")
    assert "noai" in (page.locator("meta[name=robots]").first.get_attribute("content") or "")
    assert page.locator("link[type='application/activity+json']").count() == 1
    assert ".original" not in page.content()


def test_the_follow_form_follows_and_the_home_timeline_shows_the_work(visitor: Visitor) -> None:
    visitor.sign_in("bob")
    page = visitor.open("/@ada")
    page.get_by_role("button", name="Follow ada", exact=True).click()
    expect(page.get_by_role("button", name="Following ada")).to_be_visible()
    visitor.picture("gallery-followed")
    page = visitor.open("/home")
    expect(page.get_by_text("Six hills").first).to_be_visible()
    visitor.picture("home")


def test_the_settings_say_the_policy_in_words(visitor: Visitor) -> None:
    visitor.sign_in("ada")
    page = visitor.open("/settings")
    expect(page.get_by_role("heading").first).to_be_visible()
    page.get_by_role("textbox", name="Server").fill("bad.example")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_role("button", name="Unblock bad.example")).to_be_visible()
    page = visitor.open("/settings")
    visitor.picture("settings")
    page.get_by_role("link", name="Who is asked for permission").click()
    page.get_by_role("textbox", name="Your page for licences").fill("https://ada.example/licences")
    page.get_by_role("checkbox", name="A line under each of my posts").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="/policies/tdm/ada.json")).to_be_visible()
    visitor.picture("asking")


def test_a_follower_is_listed_and_removed(visitor: Visitor) -> None:
    visitor.sign_in("ada")
    page = visitor.open("/followers")
    expect(page.get_by_role("link", name="bob @bob")).to_be_visible()
    visitor.picture("followers")
    page.get_by_role("button", name="Remove bob").click()
    expect(page.get_by_text("Nobody follows you yet")).to_be_visible()


def test_the_front_page_the_policy_page_and_an_absent_page_look_right(visitor: Visitor) -> None:
    for name, path in (("front", "/"), ("ai-policy", "/ai-policy")):
        page = visitor.open(path)
        expect(page.get_by_role("main")).to_be_visible()
        visitor.picture(name)
    page = visitor.open("/@nobody-of-this-name")
    expect(page.get_by_role("main")).to_be_visible()
    visitor.picture("not-found")
    visitor.complaints.clear()  # Chromium reports the answer's status 404 as an error


def test_a_work_is_reported_and_somebody_who_looks_after_the_place_decides(
    visitor: Visitor, site: Running
) -> None:
    visitor.sign_in("bob")
    page = visitor.open("/@ada")
    page.locator(".tile a").first.click()
    page.get_by_role("link", name="Report").click()
    page.get_by_label("Breaks a rule of this place").check()
    page.get_by_label("What should they know?").fill("Traced from a photograph of somebody else.")
    visitor.picture("report")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("has arrived")).to_be_visible()
    visitor.picture("reported")

    site.call(lambda server: Account.filter(actor__username="bob").update(role=Role.MODERATOR))
    page = visitor.open("/moderation")
    visitor.picture("moderation")
    page.get_by_role("link", name="Breaks a rule").click()
    expect(page.get_by_text("Traced from a photograph")).to_be_visible()
    visitor.picture("case")
    page.get_by_label("Hide the posts").check()
    page.get_by_label("Note").fill("The original was shown to us.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Posts hidden, by bob")).to_be_visible()
    visitor.picture("case-decided")
    page.get_by_role("button", name="Show it again").click()
    expect(page.get_by_role("button", name="Show it again")).to_have_count(0)


@pytest.mark.rule("P-420")
def test_a_held_work_says_why_and_a_moderator_reads_its_case(
    visitor: Visitor, site: Running, tmp_path: Path
) -> None:
    generated = tmp_path / "heron.png"
    generated.write_bytes(png({"parameters": SETTINGS}))
    visitor.sign_in("ada")
    page = visitor.open("/post")
    page.locator("#choose").set_input_files(generated)
    page.locator("#uploads textarea[name=alt]").fill("A heron")
    page.get_by_label("Title").fill("Heron at dusk")
    page.get_by_label("No AI").check()
    page.locator("#publish").click()
    expect(page.get_by_role("heading", name="This work is held")).to_be_visible(timeout=60_000)
    visitor.picture("held")
    page.get_by_label("How it was made").fill("Painted over three evenings; the note is from a reference.")
    page.get_by_role("button", name="Ask for a look").click()
    expect(page.get_by_text("the artist asks for a look")).to_be_visible()
    page.context.clear_cookies()

    site.call(lambda server: Account.filter(actor__username="bob").update(role=Role.MODERATOR))
    visitor.sign_in("bob")
    page = visitor.open("/moderation/works")
    visitor.picture("held-works")
    page.get_by_role("link", name="Heron at dusk").click()
    expect(page.get_by_text("Painted over three evenings")).to_be_visible()
    visitor.picture("held-case")
    page.get_by_label("Clear it").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Cleared, since")).to_be_visible()


@pytest.mark.rule("P-313", "P-508")
def test_the_pages_about_policy_are_as_wide_as_the_screen_and_no_wider(
    visitor: Visitor, site: Running
) -> None:
    site.call(lambda server: Account.filter(actor__username="ada").update(role=Role.ADMIN))
    site.call(lambda server: Peer.create(host=f"{'a-very-long-name-of-a-server.' * 3}example", previews=3))
    visitor.sign_in("ada")
    for name, path in (
        ("rules-ai-made", "/settings/ai-made"),
        ("servers", "/settings/servers"),
        ("place-policy", "/settings/place"),
        ("crawlers", "/moderation/crawlers"),
    ):
        page = visitor.open(path)
        expect(page.get_by_role("navigation", name="Looking after this place")).to_be_visible()
        visitor.picture(name)
    page = visitor.open("/@ada")
    page.locator(".tile a").first.click()
    page.wait_for_url("**/@ada/*")
    visitor.open(f"{page.url.removeprefix(visitor.base_url)}/signals")
    expect(page.get_by_role("heading", name="Expected and seen")).to_be_visible()
    for summary in page.locator("main summary").all():
        summary.click()
    visitor.picture("signals")


@WITHOUT_SCRIPTS
def test_a_picture_is_posted_without_scripts(visitor: Visitor, dunes: Path) -> None:
    visitor.sign_in("ada")
    page = visitor.open("/post")
    page.locator("#slots input[type=file]").first.set_input_files(dunes)
    page.locator("#slots textarea[name=alt]").first.fill("Hills at dusk")
    page.get_by_label("Title").fill("Hills without scripts")
    page.get_by_label("No AI").check()
    page.locator("#publish").click()
    page.wait_for_url("**/@ada/*")
    for _ in range(30):
        if page.locator("#stage img").count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    expect(page.locator("#stage img")).to_be_visible()
