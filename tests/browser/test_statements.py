"""What a file says of its use is told while its work is written, in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.media.markers import packet
from tests.media.pictures import encoded, meadow


@pytest.mark.rule("P-021")
def test_the_form_says_what_the_file_already_says(visitor: Visitor, tmp_path: Path) -> None:
    says = 'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" plus:DataMining="DMI-PROHIBITED"'
    (tmp_path / "sea.jpg").write_bytes(encoded(meadow(300, 200), "JPEG", xmp=packet(attributes=says)))
    (tmp_path / "sky.jpg").write_bytes(encoded(meadow(200, 300), "JPEG"))
    visitor.sign_in("ada")
    page = visitor.open("/post")
    page.locator("#choose").set_input_files([tmp_path / "sea.jpg", tmp_path / "sky.jpg"])
    for number in range(2):
        page.locator("#uploads textarea[name=alt]").nth(number).fill("Grass")
        expect(page.locator("#uploads .step").nth(number)).to_have_text("Done", timeout=60_000)
    already = page.locator("#uploads .already")
    expect(already.nth(0)).to_contain_text("Your file already says: no AI training")
    expect(already.nth(1)).to_be_hidden()
    visitor.picture("post-already")
    page.get_by_label("No AI").check()
    page.locator("#publish").click()
    page.wait_for_url("**/@ada/*")
    page.get_by_role("link", name="Edit").click(timeout=60_000)
    expect(page.locator(".already")).to_have_count(1)
    visitor.picture("edit-already")
