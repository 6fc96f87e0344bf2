"""The policy in RSL, read by the standard library's parser of XML."""

from dataclasses import replace
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from protego import Protego

from policies import robots
from policies.crawlers import TABLE
from policies.headers import fields
from policies.policy import DEFAULT, FLOOR, Mining, Policy, Use
from policies.rsl import MEDIA_TYPE, address, render

BASE = "https://art.example"
B9 = """\
<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>
<permits type="usage">search</permits>
<prohibits type="usage">ai-train,ai-input</prohibits>
</license></content></rsl>
"""
NAMES = {"rsl": "https://rslstandard.org/rsl"}
OPEN = Policy(ai_train=Use.ALLOW, ai_input=Use.ALLOW, tdm=Mining.OPEN)
LOWERED = replace(FLOOR, ai_train=Use.ALLOW, tdm=Mining.OPEN)


def read(text: str) -> dict[str, list[str]]:
    """What is permitted and prohibited for the whole site."""
    root = ElementTree.fromstring(text)
    assert root.tag == "{https://rslstandard.org/rsl}rsl"
    (content,) = root.findall("rsl:content[@url='/']", NAMES)
    (licence,) = content.findall("rsl:license", NAMES)
    return {
        name: [
            token
            for each in licence.findall(f"rsl:{name}[@type='usage']", NAMES)
            for token in (each.text or "").split(",")
        ]
        for name in ("permits", "prohibits")
    }


@pytest.mark.rule("P-140")
def test_the_default_document_is_the_documented_bytes() -> None:
    assert render(DEFAULT, FLOOR) == B9
    assert MEDIA_TYPE == "application/rsl+xml"


@pytest.mark.rule("P-140", "P-025")
@pytest.mark.parametrize(
    ("default", "floor", "permits", "prohibits"),
    [
        (DEFAULT, FLOOR, ["search"], ["ai-train", "ai-input"]),
        (DEFAULT, LOWERED, ["search"], ["ai-input"]),
        (replace(OPEN, ai_input=Use.DENY), LOWERED, ["search", "ai-train"], ["ai-input"]),
        (OPEN, OPEN, ["search", "ai-train", "ai-input"], []),
        (replace(DEFAULT, search=Use.DENY), FLOOR, [], ["ai-train", "ai-input"]),
        (
            replace(DEFAULT, search=Use.DENY),
            replace(FLOOR, search=Use.DENY),
            [],
            ["search", "ai-train", "ai-input"],
        ),
    ],
)
def test_a_usage_is_permitted_or_prohibited_where_the_whole_site_agrees(
    default: Policy, floor: Policy, permits: list[str], prohibits: list[str]
) -> None:
    assert read(render(default, floor)) == {"permits": permits, "prohibits": prohibits}


@pytest.mark.rule("P-140")
def test_robots_and_the_link_header_name_the_document_only_where_it_is_switched_on() -> None:
    plain = robots.render(DEFAULT, FLOOR, TABLE, BASE)
    text = robots.render(DEFAULT, FLOOR, TABLE, BASE, rsl=True)
    line = f"License: {address(BASE)}\n"
    assert plain == text.replace(line, "").replace("Allow: /license.xml\n", "")
    assert Protego.parse(text).can_fetch(address(BASE), "GPTBot")
    assert text.index(line) < text.index("User-agent:")
    assert text.count(line) == 1
    second = RobotFileParser()
    second.parse(text.splitlines())
    for token, path in (("GPTBot", "/@ada/1"), ("SomeReader", "/@ada/1"), ("SomeReader", "/api/v1/search")):
        allowed = Protego.parse(plain).can_fetch(f"{BASE}{path}", token)
        assert Protego.parse(text).can_fetch(f"{BASE}{path}", token) is allowed
        assert second.can_fetch(token, f"{BASE}{path}") is allowed
    links = dict(fields(DEFAULT, BASE, licence_url="https://cc.example/by", rsl=True))["Link"]
    assert links == (
        '<https://art.example/ai-policy>; rel="terms-of-service", '
        '<https://art.example/license.xml>; rel="license"; type="application/rsl+xml", '
        '<https://cc.example/by>; rel="license"'
    )
