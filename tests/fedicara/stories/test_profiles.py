"""Lines of profiles between servers, and links that are proven by a link back."""

import pytest

from tests.fedicara.web.forms import send, token, wrong
from tests.fediverse import Fediverse, Island, Person, good
from tests.stranger import Stranger

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_first]

SETTINGS = {"name": "Ada", "summary": "", "ai": "none", "licence": "cc-by"}


async def write(ada: Person, *lines: tuple[str, str]) -> list[str]:
    """Fill in the lines of the settings page; what was wrong with them."""
    values: dict[str, str | list[str]] = {"_token": await token(ada.browser), **SETTINGS}
    values |= {"line_name": [name for name, _ in lines], "line_text": [said for _, said in lines]}
    answer = await ada.browser.post("/settings", data=values)
    assert answer.status_code in (303, 422)
    return wrong(answer)


async def page_of(island: Island, name: str) -> str:
    async with island.client() as visitor:
        return (await visitor.get(f"/@{name}")).text


@pytest.mark.rule("F-028", "F-013")
async def test_the_lines_of_a_profile_are_shown_here_said_to_servers_and_read_from_others(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art", cloak="none")).artist("ada")
    await ada.sign_in()
    assert not await write(ada, ("Site", "see https://ada.example/ink."), ("", ""), ("Tools", "<ink> & pen"))
    shown = await page_of(ada.island, "ada")
    link = '<a href="https://ada.example/ink" rel="me nofollow noopener">ada.example/ink</a>'
    assert f"see {link}." in shown
    assert "&lt;ink&gt; &amp; pen" in shown
    assert 'value="see https://ada.example/ink."' in (await ada.browser.get("/settings")).text

    mallory = Stranger(fediverse)
    document = (await mallory.read(ada.island, ada.actor.uri)).json()
    assert document["attachment"] == [
        {"type": "PropertyValue", "name": "Site", "value": f"see {link}."},
        {"type": "PropertyValue", "name": "Tools", "value": "&lt;ink&gt; &amp; pen"},
    ]
    account = good(await ada.api.get("/api/v1/accounts/verify_credentials"))
    assert [each["name"] for each in account["fields"]] == ["Site", "Tools"]
    assert account["source"]["fields"][1]["value"] == "<ink> & pen"

    # Too many, or half of one: nothing changes.
    assert await write(ada, *[("a", "b")] * 13) == ["At most 12 lines fit into a profile."]
    assert await write(ada, ("Site", " ")) == ["Each line of a profile has a name and a text."]
    await send(ada.browser, "/settings", {**SETTINGS, "name": "Ada L.", "line_name": "", "line_text": ""})
    assert "<dl class" not in (await page_of(ada.island, "ada")).split("</header>")[1]

    lines = [
        {"type": "PropertyValue", "name": f"Line {n}", "value": f'<p onclick="x()">{n}</p><script>1</script>'}
        for n in range(60)
    ]
    lie = '<a href="https://evil.example/" rel="me">bank.example</a><a href="https://bank.example@evil.example/">b</a>'
    lines[0]["value"] = lie
    twin = Stranger(fediverse, "twin.example", "twin")
    twin.serve(twin.uri, twin.actor(attachment=lines))
    account = await ada.find(twin.handle)
    assert len(account["fields"]) == 50
    assert account["fields"][1]["value"] == "<p>1</p>"
    value = account["fields"][0]["value"]
    assert value.startswith('<a href="https://evil.example/"')
    assert "evil.example/</a>" in value
    assert "bank.example</a>" not in value
    assert "@evil.example" not in value


@pytest.mark.threat("ORI-25")
async def test_a_link_is_marked_only_while_its_own_page_links_back_with_rel_me(fediverse: Fediverse) -> None:
    ada = await (await fediverse.island("art", cloak="none")).artist("ada")
    await ada.sign_in()
    site, other = Stranger(fediverse, "ada.example"), Stranger(fediverse, "other.example")
    me = ada.island.server.url("/@ada")
    back = f'<html><a rel="nofollow me" href="{me}/">Me</a>'.encode()
    pages = {
        "/good": back,
        "/head": f'<link rel="me" href="{ada.actor.uri}">'.encode(),
        "/none": f'<a href="{me}">not me</a>'.encode(),
        "/huge": back + b" " * (1 << 20),
        "/else": b'<a rel="me" href="https://art.example/@adam">',
    }
    for path, body in pages.items():
        site.serve_bytes(path, body, "text/html")
    site.redirect("/moved", f"{other.origin}/good")
    site.redirect("/within", f"{site.origin}/good")
    other.serve_bytes("/good", back, "text/html")
    paths = [*pages, "/moved", "/within", "/absent"]
    hidden = f"https://ada.example{'a' * 60}@other.example/good"
    assert not await write(ada, *[(path, site.origin + path) for path in paths], ("hidden", hidden))
    assert "links back here" not in await page_of(ada.island, "ada")
    await fediverse.settle()
    fields = good(await ada.api.get("/api/v1/accounts/verify_credentials"))["fields"]
    assert {each["name"] for each in fields if each["verified_at"]} == {"/good", "/head", "/within"}
    assert (await page_of(ada.island, "ada")).count("links back here") == 3
    assert f'<a href="{hidden}' not in await page_of(ada.island, "ada")

    # The link back goes, and with it the mark.
    site.serve_bytes("/good", b"", "text/html")
    await write(ada, ("/good", f"{site.origin}/good"), ("/head", f"{site.origin}/head"))
    await fediverse.settle()
    fields = good(await ada.api.get("/api/v1/accounts/verify_credentials"))["fields"]
    assert {each["name"] for each in fields if each["verified_at"]} == {"/head"}
