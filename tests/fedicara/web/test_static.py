"""Style sheet and scripts."""

import re

import httpx
import pytest

from fedicara.web.static import FOLDER, address

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["style.css", "rows.js", "icon.svg"])
async def test_a_file_is_kept_for_a_year_under_its_version(visitor: httpx.AsyncClient, name: str) -> None:
    answer = await visitor.get(address(name))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert "content-usage" not in answer.headers


async def test_a_file_without_a_version_is_asked_about_again(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/static/style.css")
    assert "immutable" not in answer.headers["cache-control"]
    again = await visitor.get("/static/style.css", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert not again.content


@pytest.mark.parametrize("name", ["nothing.js", "..%2froutes.py", "__init__.py"])
async def test_nothing_else_lies_there(visitor: httpx.AsyncClient, name: str) -> None:
    assert (await visitor.get(f"/static/{name}")).status_code == 404


def luminance(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_text_and_ground_can_be_read(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", (FOLDER / "style.css").read_text(), re.DOTALL)
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))
    for ground in ("ground", "paper"):
        for ink in ("ink", "ink-2", "accent", "warn", "ok"):
            assert contrast(tokens[ink], tokens[ground]) >= 4.5, (ink, ground)
    assert contrast(tokens["accent-ink"], tokens["accent"]) >= 4.5


@pytest.mark.rule("V-007")
def test_pages_scripts_and_styles_ask_nobody_else() -> None:
    sources = [*FOLDER.iterdir(), *(FOLDER.parent / "templates").iterdir()]
    for path in sources:
        if path.suffix == ".png":
            continue
        outside = re.findall(r"(?:src|href|url\(|fetch\(|import)\W{0,3}https?://[^\s\"']+", path.read_text())
        assert not outside, (path.name, outside)


@pytest.mark.threat("WEB-05")
def test_templates_hold_no_inline_script_or_style() -> None:
    for path in (FOLDER.parent / "templates").glob("*.html"):
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), path.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path.name


@pytest.mark.threat("WEB-02")
def test_html_is_trusted_in_one_place_alone() -> None:
    web = FOLDER.parent
    for path in [*web.rglob("*.html"), *web.rglob("*.py")]:
        text = path.read_text()
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "autoescape false" not in text, path.name
        assert path.name == "templates.py" or "Markup" not in text, path.name
