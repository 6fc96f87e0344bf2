"""Lines of profiles between servers, and links that are proven by a link back."""

from typing import Any

import pytest

from tests.fedicara.web.forms import multipart, send, token, wrong
from tests.fediverse import Fediverse, Island, Person, drawing, good
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


@pytest.mark.rule("F-027", "F-271")
async def test_a_portrait_and_a_header_are_prepared_shown_said_to_servers_and_removed(
    fediverse: Fediverse,
) -> None:
    ada = await (await fediverse.island("art", cloak="none")).artist("ada")
    await ada.sign_in()
    mallory = Stranger(fediverse)
    await mallory.send(ada.island, mallory.activity("Follow", ada.actor.uri))
    await fediverse.settle()

    async def save(*pairs: tuple[str, str | bytes]) -> list[str]:
        body, kind = multipart([("_token", await token(ada.browser)), *pairs])
        answer = await ada.browser.post("/settings/pictures", content=body, headers={"Content-Type": kind})
        assert answer.status_code in (303, 422)
        return wrong(answer)

    async def said() -> dict[str, Any]:
        return dict((await mallory.read(ada.island, ada.actor.uri)).json())

    assert await save(("avatar", b"no picture"), ("avatar_alt", "Words")) != []
    assert await ada.island.count("pictures") == 0
    assert not await save(
        ("avatar", drawing(200, 200)),
        ("avatar_alt", "A heron"),
        ("header", drawing(300, 80)),
        ("header_alt", ""),
    )
    assert "icon" not in await said()  # not before it is prepared
    await fediverse.settle()
    document = await said()
    icon = document["icon"]
    assert (icon["type"], icon["mediaType"], icon["name"]) == ("Image", "image/png", "A heron")
    assert document["image"]["mediaType"] in ("image/png", "image/jpeg")
    assert "name" not in document["image"]
    updates = [each["object"] for each in mallory.heard if each["type"] == "Update"]
    fediverse.clock.advance(minutes=2)
    await fediverse.settle()
    assert [each for each in mallory.heard if each["type"] == "Update"][-1]["object"]["icon"] == icon
    assert updates
    async with ada.island.client() as visitor:
        shown = await visitor.get(icon["url"])
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
        page = (await visitor.get("/@ada")).text
        finger = await visitor.get("/.well-known/webfinger", params={"resource": f"acct:{ada.handle}"})
    assert f'src="{icon["url"]}"' in page
    assert f'class="cover" src="{document["image"]["url"]}"' in page
    assert icon["url"] in [link.get("href") for link in finger.json()["links"]]
    account = good(await ada.api.get("/api/v1/accounts/verify_credentials"))
    assert (account["avatar"], account["header"]) == (icon["url"], document["image"]["url"])
    # It is no picture for a work, and another one takes its place.
    number = (await ada.island.server.database.rows("SELECT id FROM pictures ORDER BY id"))[0]["id"]
    assert (await ada.api.get(f"/api/v1/media/{number}")).status_code == 404
    assert (
        await ada.api.post("/api/v1/statuses", json={"media_ids": [str(number)], "status": "x"})
    ).status_code == 422
    assert not await save(("avatar", drawing(100, 100)), ("avatar_alt", "An egret"))
    await fediverse.settle()
    assert (await said())["icon"]["name"] == "An egret"
    assert (await said())["icon"]["url"] != icon["url"]
    assert await ada.island.count("pictures") == 2
    assert not await save(("avatar_remove", "yes"), ("header_remove", "yes"))
    assert not {"icon", "image"} & set(await said())
    await fediverse.settle()
    assert ada.island.files() == []


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
