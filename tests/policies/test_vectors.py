"""The proposal for other servers: its vectors, its context, its identifier."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import http_sf
import pytest

from policies.check.meanings import means
from policies.check.readers import robots_tag
from policies.documents import terms
from policies.headers import statement
from policies.policy import Policy, value_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/fep-ai-usage-policy.md").read_text()
CONTEXT = json.loads((ROOT / "docs/fep-1e38/context.jsonld").read_text())["@context"]
VECTORS = json.loads((Path(__file__).parent / "vectors/ai-usage.json").read_text())


@pytest.mark.rule("P-603", "P-148")
@pytest.mark.parametrize("case", VECTORS["stating"], ids=lambda case: str(case["name"]))
def test_a_policy_is_stated_as_the_vector_says(case: dict[str, Any]) -> None:
    policy = Policy(**{name: value_of(name, word) for name, word in case["policy"].items()})  # type: ignore[arg-type]
    assert terms(policy, VECTORS["origin"]) == case["terms"]
    assert dict(statement(policy, VECTORS["origin"])) == case["headers"]
    assert case["headers"]["Content-Usage"] == case["terms"]["contentUsage"]


@pytest.mark.rule("P-603", "P-105", "P-104")
@pytest.mark.parametrize("case", VECTORS["reading"], ids=lambda case: str(case["name"]))
def test_a_string_is_understood_as_the_vector_says(case: dict[str, Any]) -> None:
    if "xRobotsTag" in case:
        assert means(robots_tag(case["xRobotsTag"]).values) == case["states"]
        return
    try:
        found = http_sf.parse(case["contentUsage"].encode(), tltype="dictionary")
    except http_sf.StructuredFieldError:
        found = {}
    assert isinstance(found, dict)
    tokens = {key: str(item[0]) for key, item in found.items() if isinstance(item[0], http_sf.Token)}
    assert means(tokens) == case["states"]


@pytest.mark.rule("P-600", "P-147")
def test_the_proposal_has_the_identifier_of_its_title_and_the_form_of_a_fep() -> None:
    title = next(line for line in TEXT.splitlines() if line.startswith("# ")).partition(": ")[2]
    assert title == "AI Usage Preferences"
    assert sha256(title.encode()).hexdigest()[:4] == "1e38"
    assert "status: DRAFT" in TEXT
    assert "CC0" in TEXT
    assert CONTEXT["aiup"] == "https://w3id.org/fep/1e38/"
    assert {name for name in CONTEXT if ":" in str(CONTEXT[name]) and name not in PREFIXES} == set(ROWS)


PREFIXES = {"schema", "tdm", "plus", "Iptc4xmpExt", "aiup"}
ROWS = {
    line.split("`")[1]: line.split("`")[3]
    for line in TEXT.splitlines()
    if line.startswith("| `") and line.count("`") >= 4 and "://" in line.split("`")[3]
}


@pytest.mark.rule("P-600")
def test_every_term_of_the_table_expands_to_its_iri_in_the_context() -> None:
    for term, iri in ROWS.items():
        entry = CONTEXT[term]
        prefix, _, name = (entry if isinstance(entry, str) else entry["@id"]).partition(":")
        assert CONTEXT[prefix] + name == iri


@pytest.mark.rule("P-601")
@pytest.mark.parametrize(
    "sentence",
    ["nearest statement", "strictest", "Silence is *unknown*", "Unknown keys are ignored", "cannot be parsed is unknown",
     "SHOULD send the equivalent", "SHOULD NOT send weaker", "MUST NOT alter", "Only the origin changes", "Relays and boosts inherit"],
)  # fmt: skip
def test_the_proposal_states_how_statements_are_processed(sentence: str) -> None:
    assert sentence in " ".join(TEXT.split())


@pytest.mark.rule("P-602")
@pytest.mark.parametrize(
    "sentence",
    ["not access control", "Third parties must not set them", "256 bytes of printable ASCII", "written anew",
     "MUST NOT be retrieved automatically", "single out an account", "Downgrade by stale copies"],
)  # fmt: skip
def test_the_proposal_states_what_can_go_wrong(sentence: str) -> None:
    assert sentence in " ".join(TEXT.split())
