"""What a declaration, the evidence in a file and the rules of a place make of a work."""

import re

import pytest

from policies import ai_made, cases
from policies.ai_made import Declaration, Outcome, RemoteRule, Rule, Rules, Strength
from policies.cases import Act, Stage

NONE, ASSISTED, GENERATED = Declaration


@pytest.mark.rule("P-413", "P-423")
def test_the_table_of_outcomes_is_that_of_the_specification() -> None:
    table = {
        Strength.WHOLE: ("hold", "question", "by policy"),
        Strength.PART: ("question", "by policy", "by policy"),
        Strength.QUESTION: ("question", "by policy", "by policy"),
        Strength.HINT: ("case", "by policy", "by policy"),
        Strength.NONE: ("publish", "by policy", "by policy"),
    }
    for said, row in table.items():
        assert tuple(ai_made.outcome(said, each) for each in Declaration) == row
    assert [ai_made.strength([each]) for each in ai_made.STRENGTHS] == [4, 4, 4, 3, 3, 2, 1]
    assert ai_made.strength(["hint", "declared, part"]) is Strength.PART
    assert ai_made.outcome(ai_made.strength([]), NONE) is Outcome.PUBLISH


@pytest.mark.rule("P-401", "P-434")
def test_source_types_of_others_are_read_and_ours_come_back() -> None:
    for each in Declaration:
        assert ai_made.declared(ai_made.digital_source_type(each)) is each
    assert ai_made.declared("https://cv.iptc.org/newscodes/digitalsourcetype/humanEdits/") is NONE
    for unknown in (None, "", "trainedAlgorithmicMedia", "https://evil.example/trainedAlgorithmicMedia"):
        assert ai_made.declared(unknown) is None
    assert ai_made.declared(ai_made.SOURCE_TYPES + "compositeSynthetic") is None
    assert ai_made.strictest([NONE, None, GENERATED, ASSISTED]) is GENERATED
    assert ai_made.strictest([None]) is None


@pytest.mark.rule("P-402", "P-704")
def test_rules_are_forbid_and_label_where_nobody_set_them() -> None:
    rules = Rules()
    assert rules.stated == {"generated": "forbid", "assisted": "label"}
    assert (rules.of(NONE), rules.of(ASSISTED), rules.of(GENERATED)) == (Rule.ALLOW, Rule.LABEL, Rule.FORBID)
    assert (rules.unlisted, Rules(Rule.ALLOW, Rule.ALLOW).unlisted) == ((ASSISTED, GENERATED), ())
    assert rules.remote is RemoteRule.LABEL
    assert ai_made.sentences(rules) == (
        "Works that were generated with AI are against the rules of this place and are not taken.",
        "Works made with the help of AI bear a label and stand on no shared page.",
        "Works of other servers that say they were made with AI bear a label here.",
    )
    for rule in RemoteRule:
        said = " ".join(ai_made.sentences(Rules(remote=rule)))
        assert not re.search("detect|recogni[sz]e", said), "a rule is no finding"
    assert "nothing is decided by a guess from the picture" in ai_made.WHO_SAYS


@pytest.mark.rule("P-431")
def test_a_derivative_never_declares_less_than_its_upload_stated() -> None:
    assert ai_made.carried(NONE, ["declared, part", "hint"]) is ASSISTED
    assert ai_made.carried(ASSISTED, ["signed"]) is GENERATED
    assert ai_made.carried(GENERATED, []) is GENERATED
    assert ai_made.carried(NONE, ["generator", "question"]) is NONE
    assert ai_made.carried(None, []) is None


@pytest.mark.rule("P-413")
def test_words_say_who_says_it_and_never_that_a_picture_is_ai() -> None:
    assert ai_made.label("generated", "file") == "The file says: generated with AI."
    assert ai_made.label("assisted", "place").startswith("Labelled by the people who look after this place: ")
    assert (ai_made.label("none"), ai_made.label("")) == ("Declared by the artist: no AI.", "")
    assert ai_made.in_words("text:parameters").startswith("The file says: the text “parameters”")
    assert ai_made.in_words("elsewhere") == "The file says: elsewhere."


@pytest.mark.rule("P-420", "P-421")
def test_the_course_of_a_case_is_that_of_the_specification() -> None:
    assert set(cases.acts(Stage.HELD)) == {
        Act.RELABEL,
        Act.APPEAL,
        Act.WITHDRAW,
        Act.LAPSE,
        Act.CLEAR,
        Act.UPHOLD,
    }
    course = [Stage.HELD]
    for act in (Act.APPEAL, Act.UPHOLD, Act.APPEAL, Act.UPHOLD, Act.LAPSE):
        following = cases.moved(course[-1], act)
        assert following is not None
        course.append(following)
    assert course == ["held", "review", "upheld", "appealed", "final", "withdrawn"]
    assert cases.moved(Stage.FINAL, Act.APPEAL) is None
    assert cases.moved(Stage.ASKED, Act.REMOVE) is cases.moved(Stage.OPEN, Act.LABEL) is None
    assert cases.moved(Stage.REMOVED, Act.APPEAL) is Stage.REMOVAL_APPEALED
    assert cases.acts(Stage.CLEARED) == {}
    assert all(cases.moved(stage, Act.LAPSE) for stage in cases.PATIENCE)
    assert not any(
        set(cases.acts(stage)) & set(cases.OF_MODERATOR) for stage in Stage if stage not in cases.WAITING
    )
