"""Every header, file and document of every policy, read back by parsers that are not ours."""

import json
from pathlib import Path
from typing import Any

import http_sf
import pytest
from protego import Protego
from pyld import jsonld

from activitypub.names import ACTOR_CONTEXT, NOTE_CONTEXT
from policies.crawlers import TABLE, Crawler, Robots, denied_field
from policies.documents import nodeinfo, terms
from policies.headers import fields
from policies.policy import DEFAULT, FLOOR, Policy, own_offer
from policies.robots import render
from policies.wellknown import Assigner, offer, offer_of
from tests.mouths.space import EXAMPLES, LOWERED, POLICIES

BASE = "https://art.example"
PLUS, TDM, FEP = (
    "http://ns.useplus.org/ldf/xmp/1.0/",
    "http://www.w3.org/ns/tdmrep#",
    "https://w3id.org/fep/1e38/",
)
VCARD = "http://www.w3.org/2006/vcard/ns#"
CONTEXTS = json.loads((Path(__file__).parent / "contexts.json").read_text())


def stored(url: str, options: Any = None) -> dict[str, Any]:
    """A context from the folder, never from the network."""
    return {"contextUrl": None, "documentUrl": url, "document": CONTEXTS[url]}


def expanded(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = jsonld.expand(document, {"documentLoader": stored})
    return dict(found)


def used(text: str) -> dict[str, str]:
    """The tokens of a Dictionary of RFC 9651; a value that is no Token, or has parameters, counts for nothing."""
    members: Any = http_sf.parse(text.encode(), tltype="dictionary")
    return {
        key: str(value)
        for key, (value, parameters) in members.items()
        if isinstance(value, http_sf.Token) and not parameters
    }


@pytest.mark.rule("P-105", "P-035", "P-024")
@pytest.mark.parametrize("policy", POLICIES)
def test_content_usage_is_a_dictionary_of_two_tokens_that_say_the_policy(policy: Policy) -> None:
    lines = [value for name, value in fields(policy, BASE) if name == "Content-Usage"]
    assert len(lines) == 1
    words = {"allow": "y", "deny": "n"}
    assert used(lines[0]) == {"train-ai": words[policy.ai_train], "search": words[policy.search]}


@pytest.mark.rule("P-145", "P-147", "P-148")
@pytest.mark.parametrize("context", [ACTOR_CONTEXT, NOTE_CONTEXT], ids=["actor", "note"])
@pytest.mark.parametrize("policy", POLICIES)
def test_the_terms_expand_to_their_addresses_and_compact_back(policy: Policy, context: list[Any]) -> None:
    stated = terms(policy, BASE)
    document = {"@context": context, "id": f"{BASE}/1", "type": "Note", **stated}
    found = expanded(document)
    assert used(found[f"{FEP}contentUsage"][0]["@value"]) == used(dict(fields(policy, BASE))["Content-Usage"])
    assert found[f"{FEP}contentSignal"] == [{"@value": stated["contentSignal"]}]
    assert found[f"{TDM}reservation"] == [{"@value": stated["tdmReservation"]}]
    assert found[f"{PLUS}DataMining"] == [{"@id": stated["dataMining"]}]
    assert found["http://schema.org#usageInfo"] == [{"@id": f"{BASE}/ai-policy"}]
    asked = [{"@id": f"{BASE}/policies/tdm.json"}] if "tdmPolicy" in stated else None
    assert found.get(f"{TDM}policy") == asked
    assert jsonld.compact(found, {"@context": context}, {"documentLoader": stored}) == document


ARTIST = Assigner(f"{BASE}/actors/7", "Ada Example", "https://ada.example/licences")


@pytest.mark.rule("P-121", "P-122")
@pytest.mark.parametrize(
    ("document", "stated", "assigner"),
    [
        ("tdm.json", offer(BASE), Assigner(BASE, "art.example", f"{BASE}/ai-policy")),
        ("tdm/ada.json", offer_of(BASE, own_offer("ada"), ARTIST), ARTIST),
    ],
    ids=["of the place", "of an artist"],
)
def test_the_offer_is_an_odrl_offer_with_one_permission_whose_duty_is_to_ask(
    document: str, stated: dict[str, Any], assigner: Assigner
) -> None:
    found, odrl = expanded(stated), "http://www.w3.org/ns/odrl/2/"
    assert found["@type"] == [f"{odrl}Offer"]
    assert found[f"{odrl}uid"] == [{"@id": f"{BASE}/policies/{document}"}]
    (asked,) = found[f"{odrl}assigner"]
    assert asked[f"{odrl}uid"] == [{"@id": assigner.uid}]
    assert asked[f"{VCARD}fn"][0]["@value"] == assigner.name
    assert asked[f"{VCARD}hasURL"][0] in ({"@value": assigner.url}, {"@id": assigner.url})
    assert f"{VCARD}hasEmail" not in asked
    (permission,) = found[f"{odrl}permission"]
    assert permission[f"{odrl}action"] == [{"@id": f"{TDM}mine"}]
    (duty,) = permission[f"{odrl}obligation"]
    assert duty[f"{odrl}action"] == [{"@id": f"{odrl}obtainConsent"}]
    assert not {f"{odrl}prohibition", f"{odrl}obligation"} & found.keys()


@pytest.mark.rule("P-112", "P-116", "P-117", "P-201")
@pytest.mark.parametrize("default", POLICIES)
def test_robots_is_judged_by_protego_as_the_table_and_the_policy_say(default: Policy) -> None:
    judge = Protego.parse(render(default, LOWERED.floor, TABLE, BASE))
    closed = [row.token for row in TABLE if is_closed(row, default)]
    for row in TABLE:
        # Protego lets a name also stand for longer ones: who refuses Applebot refuses Applebot-Extended.
        is_refused = any(token in row.token for token in closed)
        # And a whole User-Agent value, as the crawler itself sends it.
        agent = f"Mozilla/5.0 (compatible; {row.token}/1.0; +https://crawler.example)"
        for asked in (row.token, agent):
            assert judge.can_fetch(f"{BASE}/@ada/1", asked) is not is_refused, asked
            assert judge.can_fetch(f"{BASE}/policies/tdm.json", asked), asked


def is_closed(row: Crawler, default: Policy) -> bool:
    """Whether the table and the instance's policy keep a crawler out."""
    by_policy = row.robots is Robots.BY_POLICY and denied_field(row, default) is not None
    return row.robots is Robots.DISALLOW or by_policy


@pytest.mark.rule("P-023", "P-025", "P-114")
def test_a_lower_floor_leaves_training_to_each_answer_in_robots_and_nodeinfo() -> None:
    text = render(DEFAULT, LOWERED.floor, TABLE, BASE)
    usage = {line.partition(": ")[2] for line in text.splitlines() if line.startswith("Content-Usage")}
    signal = {line.partition(": ")[2] for line in text.splitlines() if line.startswith("Content-Signal")}
    assert (usage, signal) == ({"search=y"}, {"search=yes, ai-input=no"})
    said = nodeinfo(DEFAULT, LOWERED.floor, BASE)["aiPolicy"]
    assert used(said["contentUsage"]) == {"search": "y"}
    assert "tdmReservation" not in said
    assert nodeinfo(DEFAULT, FLOOR, BASE)["aiPolicy"]["contentSignal"].endswith("ai-input=no, ai-train=no")


@pytest.mark.rule("P-107")
def test_the_worked_examples_send_the_documented_bytes() -> None:
    sent = {name: dict(fields(policy, BASE)) for name, policy in EXAMPLES.items()}
    assert sent["E2"]["X-Robots-Tag"] == "noai, noimageai, noindex, noimageindex"
    assert sent["E2"]["Content-Usage"] == "train-ai=n, search=n"
    assert "X-Robots-Tag" not in sent["E4"]
    assert (sent["E4"]["Content-Usage"], sent["E4"]["tdm-reservation"]) == ("train-ai=y, search=y", "0")
    assert sent["E5"]["tdm-reservation"] == "1"
    assert terms(EXAMPLES["E5"], BASE)["dataMining"].endswith("/DMI-PROHIBITED-GENAIMLTRAINING")
    assert sent["E7"] == {name: value for name, value in sent["default"].items() if name != "tdm-policy"}
