"""The policy in ActivityStreams, in NodeInfo, in the site's own documents, and in words."""

from dataclasses import replace

import msgspec
import pytest

from policies.documents import nodeinfo, terms
from policies.errors import PolicyError
from policies.headers import statement
from policies.policy import (
    DEFAULT,
    FLOOR,
    Licensing,
    Mining,
    Policy,
    Use,
    check_choice,
    effective,
    own_offer,
)
from policies.tokens import tdm_policy
from policies.wellknown import offer, tdmrep
from policies.words import LIMIT, RESERVED_BY_LAW, explanation, in_short, sentence

BASE = "https://art.example"
OPEN = Policy(ai_train=Use.ALLOW, ai_input=Use.ALLOW, tdm=Mining.OPEN)
OPEN_FLOOR = replace(FLOOR, ai_train=Use.ALLOW, tdm=Mining.OPEN)
B5 = b'[{"location":"/","tdm-reservation":1}]'
B6 = b"""
{"@context":["http://www.w3.org/ns/odrl.jsonld","http://www.w3.org/ns/tdmrep.jsonld"],
 "@type":"Offer","profile":"http://www.w3.org/ns/tdmrep","uid":"https://art.example/policies/tdm.json",
 "assigner":{"uid":"https://art.example","vcard:fn":"art.example","vcard:hasURL":"https://art.example/ai-policy"},
 "permission":[{"action":"tdm:mine","duty":[{"action":"obtainConsent"}]}]}"""
B10 = b"""{
 "contentUsage":"train-ai=n, search=y",
 "contentSignal":"search=yes, ai-input=no, ai-train=no",
 "tdmReservation":1,
 "tdmPolicy":"https://art.example/policies/tdm.json",
 "dataMining":"http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
 "usageInfo":"https://art.example/ai-policy"}"""
B11 = b"""
{"aiPolicy":{"contentUsage":"train-ai=n, search=y","contentSignal":"search=yes, ai-input=no, ai-train=no",
 "tdmReservation":1,"tdmPolicy":"https://art.example/policies/tdm.json","usageInfo":"https://art.example/ai-policy",
 "anonymousMedia":"preview","aiMade":{"generated":"forbid","assisted":"label"}}}"""


@pytest.mark.rule("P-145")
def test_the_six_terms_are_those_documented() -> None:
    assert terms(DEFAULT, BASE) == msgspec.json.decode(B10)
    assert list(terms(DEFAULT, BASE)) == list(msgspec.json.decode(B10))


@pytest.mark.rule("P-145")
def test_there_is_no_policy_document_to_name_where_nothing_can_be_asked() -> None:
    assert "tdmPolicy" not in terms(replace(DEFAULT, licensing=Licensing.NONE), BASE)
    assert terms(OPEN, BASE)["tdmReservation"] == 0


@pytest.mark.rule("P-150")
def test_nodeinfo_says_the_instances_policy() -> None:
    made = {"generated": "forbid", "assisted": "label"}
    assert nodeinfo(DEFAULT, FLOOR, BASE, ai_made=made) == msgspec.json.decode(B11)
    assert "aiMade" not in nodeinfo(DEFAULT, FLOOR, BASE)["aiPolicy"]


@pytest.mark.rule("P-150", "P-025")
def test_nodeinfo_leaves_out_what_works_may_differ_in() -> None:
    assert nodeinfo(DEFAULT, OPEN_FLOOR, BASE)["aiPolicy"] == {
        "contentUsage": "search=y",
        "contentSignal": "search=yes, ai-input=no",
        "usageInfo": "https://art.example/ai-policy",
        "anonymousMedia": "preview",
    }
    undecided = nodeinfo(replace(DEFAULT, search=Use.DENY), OPEN, BASE)["aiPolicy"]
    assert set(undecided) == {"usageInfo", "anonymousMedia"}
    assert nodeinfo(OPEN, OPEN, BASE)["aiPolicy"]["tdmReservation"] == 0


@pytest.mark.rule("P-011", "P-150")
def test_site_wide_documents_never_state_a_contradiction() -> None:
    contradictory = Policy(ai_train=Use.ALLOW)
    members = nodeinfo(contradictory, contradictory, BASE)["aiPolicy"]
    assert members["contentUsage"] == "train-ai=n, search=y"
    assert members["contentSignal"] == "search=yes, ai-input=no, ai-train=no"


@pytest.mark.rule("P-026", "P-120")
def test_the_site_file_carries_the_instance_default_and_names_no_document() -> None:
    assert msgspec.json.encode(tdmrep(DEFAULT)) == B5
    assert tdmrep(OPEN)[0]["tdm-reservation"] == 0


@pytest.mark.rule("P-121", "P-122")
def test_the_offer_has_one_permission_and_says_only_ask_first() -> None:
    assert offer(BASE) == msgspec.json.decode(B6)
    assert offer(BASE, email="hi@art.example")["assigner"]["vcard:hasEmail"] == "mailto:hi@art.example"


@pytest.mark.rule("P-122")
def test_an_artist_with_an_offer_of_their_own_is_named_where_there_is_something_to_ask() -> None:
    policy = effective(DEFAULT, {"offer": own_offer("ada")}, {"offer": "tdm/mallory.json"})
    assert dict(statement(policy, BASE))["tdm-policy"] == f"{BASE}/policies/tdm/ada.json"
    assert terms(policy, BASE)["tdmPolicy"] == f"{BASE}/policies/tdm/ada.json"
    assert tdm_policy(replace(policy, licensing=Licensing.NONE), BASE) is None
    with pytest.raises(PolicyError):
        check_choice({"offer": own_offer("ada")})


@pytest.mark.rule("P-149")
@pytest.mark.parametrize(("use", "said"), [(Use.DENY, "no training"), (Use.ALLOW, "training allowed")])
def test_the_line_elsewhere_says_what_is_stated_of_training(use: Use, said: str) -> None:
    assert in_short(replace(DEFAULT, ai_train=use)) == said


def test_the_policy_reads_as_one_plain_sentence() -> None:
    assert sentence(DEFAULT) == (
        "This work states: no AI training, no use as AI input, text and data mining reserved."
    )
    assert sentence(replace(OPEN, search=Use.DENY), "This server") == (
        "This server states: AI training allowed, use as AI input allowed, "
        "other text and data mining open, no listing by search engines."
    )


@pytest.mark.rule("P-700")
def test_the_policys_own_page_says_what_it_rests_on_and_where_it_ends() -> None:
    assert explanation(DEFAULT)[-2:] == (RESERVED_BY_LAW, LIMIT)
    assert RESERVED_BY_LAW not in explanation(OPEN)
    assert explanation(OPEN)[-1] == LIMIT
    assert len(explanation(DEFAULT)) == 7
