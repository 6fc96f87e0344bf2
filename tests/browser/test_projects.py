"""Projects in a browser: arranged by dragging or by buttons, with scripts and without, read as an essay."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.paintings import landscape

WITHOUT_SCRIPTS = pytest.mark.parametrize("visitor", [{"java_script_enabled": False}], indirect=True)


def order(page: Page) -> list[str]:
    """The rows of the form, by their names."""
    return [text.strip() for text in page.locator(".uploads .name bdi").all_inner_texts()]


def choose(page: Page, *places: int) -> None:
    """Tick works and add them."""
    for place in places:
        page.locator("input[name=add]").nth(place).check()
    page.get_by_role("button", name="Add what is ticked").click()


def test_works_are_chosen_dragged_into_order_and_read_with_the_text_between(visitor: Visitor) -> None:
    visitor.sign_in("ada")
    page = visitor.open("/@ada")
    page.get_by_role("link", name="Make a project of your works").click()
    visitor.picture("project-new")
    choose(page, 0, 1, 2, 4)
    first = order(page)
    rows = page.locator(".uploads [data-order]")
    rows.nth(3).locator(".thumb-frame").drag_to(
        rows.nth(0).locator(".thumb-frame"), target_position={"x": 20, "y": 5}
    )
    expect(page.locator(".uploads .name bdi").first).to_have_text(first[3])
    page.get_by_role("button", name=re.compile("^Move down")).first.click()
    assert order(page) == [first[0], first[3], first[1], first[2]]
    page.get_by_role("button", name=re.compile("^Text below")).nth(1).click()
    page.locator("textarea[name^='text.']").fill(
        "Upstream the water is *slower*. We drew until the light went."
    )
    page.get_by_label("Title", exact=True).fill("A week by the river")
    page.get_by_label("Text before the first work").fill(
        "Five days, one box of gouache, no plan.\n\nThe order is that of the walk."
    )
    page.get_by_label("Cover", exact=True).nth(2).check()
    visitor.picture("project-form")
    page.get_by_role("button", name="Make the project").click()

    page.wait_for_url("**/@ada/projects/*")
    assert [text.strip() for text in page.locator("figcaption a").all_inner_texts()] == [
        first[0],
        first[3],
        first[1],
        first[2],
    ]
    visitor.picture("project")
    visitor.open("/@ada")
    visitor.picture("artist-with-project")
    visitor.open("/@ada/projects")
    visitor.picture("projects")
    visitor.open("/vocabulary")
    visitor.picture("vocabulary")


@WITHOUT_SCRIPTS
def test_everything_goes_without_a_script_too(visitor: Visitor) -> None:
    visitor.sign_in("ada")
    page = visitor.open("/@ada/projects/new")
    choose(page, 1, 2)
    before = order(page)
    page.get_by_role("button", name=re.compile("^Move down")).first.click()
    expect(page.locator(".uploads .name bdi")).to_have_text(before[::-1])
    page.get_by_label("Title", exact=True).fill("Two")
    page.get_by_role("button", name="Make the project").click()
    expect(page.locator("figcaption a").first).to_have_text(before[1])


def test_a_profile_with_lines_a_portrait_and_a_header(visitor: Visitor) -> None:
    visitor.sign_in("bob")
    page = visitor.open("/settings")
    lines = [("Site", "https://bob.example/paintings"), ("Tools", "Ink, gouache")]
    for place, (name, said) in enumerate(lines):
        page.locator("input[name=line_name]").nth(place).fill(name)
        page.locator("input[name=line_text]").nth(place).fill(said)
    page.get_by_role("button", name="Save", exact=True).click()
    for use, size, seed in (("avatar", (400, 400), 3), ("header", (1500, 500), 5)):
        picture = landscape(size, (70, 90, 120), (240, 200, 160), (30, 40, 40), seed=seed)
        chosen = {"name": f"{use}.png", "mimeType": "image/png", "buffer": picture}
        page.locator(f"input[name={use}]").set_input_files(chosen)  # type: ignore[arg-type]
        page.locator(f"input[name={use}_alt]").fill("Hills")
    page.get_by_role("button", name="Save the pictures").click()
    for _ in range(60):
        page = visitor.open("/@bob")
        if page.locator("img.cover").count() and page.locator("main img.face").count():
            break
        page.wait_for_timeout(1_000)
    expect(page.locator("img.cover")).to_have_attribute("alt", "Hills")
    link = page.get_by_role("link", name="bob.example/paintings")
    expect(link).to_have_attribute("rel", "me nofollow noopener")
    visitor.picture("artist-with-portrait")
    visitor.open("/settings")
    visitor.picture("settings-with-portrait")
