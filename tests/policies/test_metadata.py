"""The policy as XMP properties, and the artist's words in them."""

from dataclasses import replace

import pytest

from policies.ai_made import LABELS, Declaration, digital_source_type
from policies.licences import DEFAULT as DEFAULT_LICENCE
from policies.licences import LICENCES
from policies.metadata import marks, training_mining
from policies.policy import DEFAULT, Mining, Policy, Use
from policies.tokens import data_mining

BASE = "https://art.example"
PLUS = "http://ns.useplus.org/ldf/vocab/DMI-"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
OPEN = Policy(ai_train=Use.ALLOW, ai_input=Use.ALLOW, tdm=Mining.OPEN)


def test_the_default_properties_are_those_of_the_documented_packet_in_its_order() -> None:
    properties = marks(
        DEFAULT, BASE, declaration=Declaration.NONE, creator="Ada Example", rights="© Ada Example."
    )
    assert list(properties.items()) == [
        ("plus:DataMining", f"{PLUS}PROHIBITED-EXCEPTSEARCHENGINEINDEXING"),
        ("Iptc4xmpExt:DigitalSourceType", f"{IPTC}digitalCreation"),
        ("xmpRights:Marked", "True"),
        ("xmpRights:WebStatement", "https://art.example/ai-policy"),
        ("dc:creator", ["Ada Example"]),
        ("dc:rights", "© Ada Example. AI training and data mining reserved."),
    ]
    assert marks(DEFAULT, BASE, declaration=Declaration.NONE, creator="Ada Example") == properties


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        (DEFAULT, "PROHIBITED-EXCEPTSEARCHENGINEINDEXING"),
        (replace(DEFAULT, search=Use.DENY), "PROHIBITED"),
        (Policy(tdm=Mining.OPEN, search=Use.DENY), "PROHIBITED"),
        (Policy(tdm=Mining.OPEN), "PROHIBITED-GENAIMLTRAINING"),
        (replace(OPEN, ai_input=Use.DENY), "PROHIBITED-SEECONSTRAINT"),
        (replace(OPEN, search=Use.DENY), "PROHIBITED-SEECONSTRAINT"),
        (OPEN, "ALLOWED"),
    ],
)
def test_the_data_mining_value_is_the_first_rule_that_holds(policy: Policy, value: str) -> None:
    assert data_mining(policy) == PLUS + value
    properties = marks(policy, BASE, declaration=None)
    assert properties["plus:DataMining"] == PLUS + value
    assert ("plus:OtherConstraints" in properties) is (value == "PROHIBITED-SEECONSTRAINT")


def test_a_constraint_is_said_in_words_beside_the_value_that_points_to_it() -> None:
    both = replace(OPEN, ai_input=Use.DENY, search=Use.DENY)
    assert marks(both, BASE, declaration=None)["plus:OtherConstraints"] == (
        "No use as input to AI models. No listing by search engines."
    )


@pytest.mark.rule("P-133")
@pytest.mark.parametrize(
    ("policy", "own", "written"),
    [
        (DEFAULT, "© Ada, all mine", "© Ada, all mine. AI training and data mining reserved."),
        (DEFAULT, "Ask me!", "Ask me! AI training and data mining reserved."),
        (DEFAULT, None, "AI training and data mining reserved."),
        (Policy(tdm=Mining.OPEN), "© Ada.", "© Ada. AI training reserved."),
        (OPEN, "© Ada", "© Ada"),
        (OPEN, None, None),
    ],
)
def test_the_artists_own_text_comes_first_and_the_sentence_only_where_something_is_reserved(
    policy: Policy, own: str | None, written: str | None
) -> None:
    assert marks(policy, BASE, declaration=None, rights=own).get("dc:rights") == written


@pytest.mark.rule("P-133")
def test_marking_a_marked_file_does_not_repeat_the_sentence() -> None:
    once = marks(DEFAULT, BASE, declaration=None, creator="Ada")["dc:rights"]
    assert isinstance(once, str)
    assert marks(DEFAULT, BASE, declaration=None, creator="Ada", rights=once)["dc:rights"] == once


def test_a_licence_is_named_and_a_work_given_away_claims_no_copyright() -> None:
    licensed = marks(DEFAULT, BASE, declaration=None, creator="Ada", licence_url=LICENCES["cc-by"].url)
    assert licensed["cc:license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert licensed["xmpRights:Marked"] == "True"
    free = marks(DEFAULT, BASE, declaration=None, creator="Ada", licence_url=LICENCES["cc0"].url)
    assert free["xmpRights:Marked"] == "False"
    assert "©" not in free["dc:rights"]


@pytest.mark.rule("P-401")
@pytest.mark.parametrize(
    ("declaration", "photographic", "name"),
    [
        (Declaration.NONE, False, "digitalCreation"),
        (Declaration.NONE, True, "digitalCapture"),
        (Declaration.ASSISTED, None, "compositeWithTrainedAlgorithmicMedia"),
        (Declaration.GENERATED, True, "trainedAlgorithmicMedia"),
    ],
)
def test_each_declaration_has_its_source_type(
    declaration: Declaration, photographic: bool | None, name: str
) -> None:
    assert digital_source_type(declaration, photographic) == IPTC + name
    properties = marks(DEFAULT, BASE, declaration=declaration, photographic=photographic)
    assert properties["Iptc4xmpExt:DigitalSourceType"] == IPTC + name


@pytest.mark.rule("P-401")
def test_an_unknown_medium_or_no_declaration_states_no_source_type() -> None:
    assert digital_source_type(Declaration.NONE, None) is None
    unknown = marks(DEFAULT, BASE, declaration=Declaration.NONE, photographic=None)
    assert "Iptc4xmpExt:DigitalSourceType" not in unknown
    assert "Iptc4xmpExt:DigitalSourceType" not in marks(DEFAULT, BASE, declaration=None)


def test_each_declaration_has_words_that_name_who_says_so() -> None:
    assert set(LABELS) == set(Declaration)
    assert all(label.startswith("Declared by the artist: ") for label in LABELS.values())


@pytest.mark.rule("F-066")
def test_the_licences_have_the_titles_other_servers_know() -> None:
    assert [licence.title for licence in LICENCES.values()] == [
        "All Rights Reserved",
        "Public Domain",
        "Public Domain (CC0)",
        "CC BY",
        "CC BY-SA",
        "CC BY-NC",
        "CC BY-NC-SA",
        "CC BY-ND",
        "CC BY-NC-ND",
    ]
    assert [key for key, licence in LICENCES.items() if licence.url is None] == [DEFAULT_LICENCE]
    assert all(key == licence.key and licence.words for key, licence in LICENCES.items())


def test_the_assertion_for_signed_files_has_the_four_entries_of_block_b8() -> None:
    denied, allowed = {"use": "notAllowed"}, {"use": "allowed"}
    names = ("cawg.ai_generative_training", "cawg.ai_training", "cawg.data_mining", "cawg.ai_inference")
    assert training_mining(Policy()) == dict.fromkeys(names, denied)
    only_training = Policy(ai_input=Use.ALLOW, tdm=Mining.OPEN)
    assert training_mining(only_training) == {**dict.fromkeys(names, allowed), names[0]: denied}
    only_input = Policy(ai_train=Use.ALLOW, tdm=Mining.OPEN)
    assert training_mining(only_input) == {**dict.fromkeys(names, allowed), names[3]: denied}
