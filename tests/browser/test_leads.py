"""Choosing which pictures of a work come first elsewhere, and what it is made with, in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.paintings import landscape


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six small pictures."""
    folder = tmp_path_factory.mktemp("sheets")
    paths = [folder / f"sheet-{number}.png" for number in range(1, 7)]
    for seed, path in enumerate(paths):
        path.write_bytes(landscape((300, 200), (62, 70, 132), (250, 160, 112), (28, 24, 40), seed=seed))
    return paths


@pytest.mark.rule("F-052", "F-072", "V-006")
def test_ticks_for_what_comes_first_appear_with_the_fifth_picture(
    visitor: Visitor, sheets: list[Path]
) -> None:
    visitor.sign_in("ada")
    page = visitor.open("/post")
    page.locator("#choose").set_input_files(sheets[:4])
    ticks = page.locator("#uploads [name=lead]")
    expect(ticks).to_have_count(4)
    expect(ticks.first).to_be_hidden()
    page.locator("#choose").set_input_files(sheets[4:])
    expect(ticks).to_have_count(6)
    expect(ticks.first).to_be_visible()
    for number in range(6):
        page.locator("#uploads textarea[name=alt]").nth(number).fill(f"Sheet {number + 1}")
    expect(page.locator("#uploads .step").nth(5)).to_have_text("Done", timeout=60_000)
    for number in range(5):
        ticks.nth(number).check()
    expect(page.locator("#reason")).to_have_text("At most four pictures come first on other servers.")
    for number in range(3):
        ticks.nth(number).uncheck()
    page.get_by_label("No AI").check()
    page.get_by_text("Medium", exact=True).click()
    page.get_by_label("Gouache").check()
    page.get_by_label("Ink", exact=True).check()
    visitor.picture("post-leads")
    page.locator("#publish").click()

    page.wait_for_url("**/@ada/*")
    expect(page.get_by_text("Ink, gouache")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Edit").click()
    kept = [box.is_checked() for box in page.locator("[name=lead]").all()]
    assert kept == [False, False, False, True, True, False]
    visitor.picture("edit-leads")
    visitor.open("/vocabulary")
    visitor.picture("vocabulary")
