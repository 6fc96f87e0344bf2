"""WebFinger, host-meta and NodeInfo."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import nodeinfo, webfinger
from activitypub.errors import ActivityPubError, MalformedDocument

ID = "https://art.example/actors/2"


@pytest.mark.rule("F-270")
@pytest.mark.parametrize(
    ("resource", "account"),
    [
        ("acct:ada@art.example", ("ada", "art.example")),
        ("acct:Ada%40Art.Example", ("ada", "art.example")),
        ("ADA@art.example.", ("ada", "art.example")),
        ("acct:@ada@art.example", ("ada", "art.example")),
        ("acct:ada@127.0.0.1:8000", ("ada", "127.0.0.1:8000")),
        ("acct:art.example@art.example", ("art.example", "art.example")),
    ],
)
def test_a_handle_is_understood_in_its_spellings(resource: str, account: tuple[str, str]) -> None:
    assert webfinger.parse_resource(resource) == webfinger.Account(*account)


@pytest.mark.rule("F-270")
def test_a_url_is_understood_too() -> None:
    assert webfinger.parse_resource("https://Art.example/@ada") == "https://art.example/@ada"


@pytest.mark.rule("F-270")
@pytest.mark.threat("DISC-05")
@pytest.mark.parametrize(
    "resource", ["", "acct:", "ada", "acct:ada", "acct:@art.example", "mailto:x", "a b@c", "x@" + "y" * 3000]
)
def test_a_resource_that_names_nothing_is_malformed(resource: str) -> None:
    with pytest.raises(MalformedDocument):
        webfinger.parse_resource(resource)


@given(st.text(max_size=300))
def test_whatever_resource_arrives_only_our_own_error_comes_out(resource: str) -> None:
    try:
        webfinger.parse_resource(resource)
    except ActivityPubError:
        return


@pytest.mark.rule("F-271")
def test_a_descriptor_leads_to_the_actor_the_page_the_picture_and_the_follow_form() -> None:
    links = webfinger.links(
        ID,
        "https://art.example/@ada",
        "https://a.example/i.jpg",
        "https://art.example/authorize_interaction?uri={uri}",
    )
    stated = webfinger.jrd("acct:ada@art.example", ["https://art.example/@ada", ID], links)
    assert stated["subject"] == "acct:ada@art.example"
    assert stated["aliases"] == ["https://art.example/@ada", ID]
    assert stated["links"][0] == {"rel": "self", "type": "application/activity+json", "href": ID}
    assert [link["rel"] for link in links[1:]] == [
        webfinger.PROFILE_PAGE,
        webfinger.AVATAR,
        webfinger.SUBSCRIBE,
    ]
    assert links[3]["template"].endswith("{uri}")
    assert webfinger.self_link(stated) == ID
    assert [link["rel"] for link in webfinger.links(ID)] == ["self"]


@pytest.mark.rule("F-273")
@pytest.mark.parametrize(
    "descriptor",
    [
        {},
        {"links": "odd"},
        {"links": [5, {"rel": "self"}, {"rel": "self", "type": 5, "href": ID}]},
        {"links": [{"rel": "self", "type": "text/html", "href": ID}]},
        {"links": [{"rel": "other", "type": "application/activity+json", "href": ID}]},
        {"links": [{"rel": "self", "type": "application/activity+json", "href": "javascript:x"}]},
    ],
)
def test_a_descriptor_without_an_actor_names_nobody(descriptor: dict[str, Any]) -> None:
    assert webfinger.self_link(descriptor) is None


@pytest.mark.rule("F-272")
def test_host_meta_points_to_webfinger_in_both_forms() -> None:
    template = "https://art.example/.well-known/webfinger?resource={uri}"
    assert f'template="{template}"' in webfinger.host_meta("https://art.example")
    assert webfinger.host_meta_json("https://art.example")["links"][0]["template"] == template


SOFTWARE = nodeinfo.Software("fedicara", "0.1.0", "https://code.example/fedicara", "https://fedicara.example")


@pytest.mark.rule("F-275")
def test_nodeinfo_links_both_versions_and_the_instance_actor() -> None:
    links = {link["rel"]: link["href"] for link in nodeinfo.well_known("https://art.example")["links"]}
    assert links == {
        "http://nodeinfo.diaspora.software/ns/schema/2.0": "https://art.example/nodeinfo/2.0",
        "http://nodeinfo.diaspora.software/ns/schema/2.1": "https://art.example/nodeinfo/2.1",
        "https://www.w3.org/ns/activitystreams#Application": "https://art.example/actor",
    }
    assert nodeinfo.content_type("2.1") == (
        'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"'
    )


@pytest.mark.rule("F-276")
def test_nodeinfo_tells_software_usage_and_metadata() -> None:
    stated = nodeinfo.document("2.1", SOFTWARE, nodeinfo.Usage(3, 2, 3, 40), False, {"nodeName": "Art"})
    assert stated["software"] == {
        "name": "fedicara",
        "version": "0.1.0",
        "repository": "https://code.example/fedicara",
        "homepage": "https://fedicara.example",
    }
    assert stated["usage"] == {
        "users": {"total": 3, "activeMonth": 2, "activeHalfyear": 3},
        "localPosts": 40,
    }
    assert stated["protocols"] == ["activitypub"]
    assert stated["services"] == {"inbound": [], "outbound": []}
    assert stated["openRegistrations"] is False
    assert stated["metadata"] == {"nodeName": "Art"}


@pytest.mark.rule("F-276")
def test_the_older_version_names_software_briefly_and_private_numbers_are_left_out() -> None:
    stated = nodeinfo.document("2.0", SOFTWARE, None, True, {})
    assert stated["software"] == {"name": "fedicara", "version": "0.1.0"}
    assert stated["usage"] == {"users": {}}
    plain = nodeinfo.document("2.1", nodeinfo.Software("fedicara", "0.0.0"), None, True, {})
    assert plain["software"] == {"name": "fedicara", "version": "0.0.0"}


SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
BASE = "https://peer.example"


@pytest.mark.rule("F-277")
@pytest.mark.threat("SSRF-09")
@pytest.mark.parametrize(
    ("links", "found"),
    [
        (
            [{"rel": SCHEMA + "2.0", "href": f"{BASE}/2"}, {"rel": SCHEMA + "2.1", "href": f"{BASE}/21"}],
            f"{BASE}/21",
        ),
        (
            [
                {"rel": SCHEMA + "2.1", "href": "http://10.0.0.1/"},
                {"rel": SCHEMA + "1.0", "href": f"{BASE}/1"},
            ],
            f"{BASE}/1",
        ),
        ([{"rel": SCHEMA + "2.1", "href": "data:application/json,{}"}], None),
        ([{"rel": SCHEMA + "2.1", "href": "https://other.example/2.1"}], None),
        ([{"rel": SCHEMA + "2.1", "href": "http://peer.example/2.1"}], None),
        ([{"rel": "other", "href": f"{BASE}/2"}, "x", None, {"rel": SCHEMA + "2.0"}], None),
        (None, None),
        ({"rel": SCHEMA + "2.0", "href": f"{BASE}/2"}, f"{BASE}/2"),
    ],
)
def test_nodeinfo_is_read_on_the_host_that_names_it(links: object, found: str | None) -> None:
    assert nodeinfo.link_of({"links": links}, BASE) == found


@pytest.mark.rule("F-277")
def test_software_is_what_is_stated_in_short_or_nothing() -> None:
    said = nodeinfo.software_of({"software": {"name": "mastodon", "version": "4.7.0+" + "x" * 99}})
    assert (said.name, len(said.version)) == ("mastodon", 64)
    for odd in ({}, {"software": "snac"}, {"software": {"name": 7, "version": None}}):
        assert nodeinfo.software_of(odd) == nodeinfo.Software("", "")
