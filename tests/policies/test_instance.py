"""What an instance has set: its default within bounds, kept as words."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policies.errors import PolicyError
from policies.instance import CEILINGS, FLOORS, Instance, changed, read, stated, written
from policies.policy import DEFAULT, FIELDS, UNORDERED, Policy, Use, loosened, normalise, strictness

words = {field: st.sampled_from(list(values)) for field, values in FIELDS.items()}
defaults = st.fixed_dictionaries({}, optional=words)
floors = st.fixed_dictionaries({}, optional={field: words[field] for field in FLOORS})
ceilings = st.fixed_dictionaries({}, optional={field: words[field] for field in CEILINGS})


@pytest.mark.rule("P-014", "P-015")
@given(defaults, floors, ceilings)
def test_whatever_is_accepted_lies_within_its_bounds_and_is_read_back_as_written(
    default: dict[str, str], floor: dict[str, str], ceiling: dict[str, str]
) -> None:
    with suppress(PolicyError):
        check_whole(changed(Instance(), default, floor, ceiling))


def check_whole(made: Instance) -> None:
    assert read(written(made)) == made
    assert normalise(made.default) == made.default == stated(made, {}, {})
    for field in FLOORS:
        value = getattr(made.default, field)
        assert strictness(getattr(made.bounds.floor, field)) <= strictness(value)
        assert strictness(value) <= strictness(getattr(made.bounds.ceiling, field, value))


def test_nothing_set_is_the_default() -> None:
    assert read({}) == Instance() == changed(Instance(), {}, {}, {})
    assert stated(Instance(), {}, {"search": "deny"}).search == "deny"


@pytest.mark.rule("P-010", "P-011", "P-014", "P-015")
@pytest.mark.parametrize(
    ("levels", "field"),
    [
        (({"mood": "deny"}, {}, {}), "mood"),
        (({"search": "perhaps"}, {}, {}), "search"),
        (({}, {"licensing": "none"}, {}), "licensing"),
        (({}, {}, {"ai_train": "deny"}), "ai_train"),
        (({"ai_train": "allow"}, {}, {}), "ai_train"),
        (({"tdm": "open"}, {}, {}), "tdm"),
        (({}, {"ai_train": "allow"}, {}), "ai_train"),
        (({}, {"search": "deny"}, {}), "search"),
        (({"anonymous_media": "none"}, {}, {"anonymous_media": "preview"}), "anonymous_media"),
    ],
)
def test_a_setting_that_contradicts_itself_is_refused_by_its_field(
    levels: tuple[dict[str, str], dict[str, str], dict[str, str]], field: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        changed(Instance(), *levels)
    assert refused.value.field == field


@pytest.mark.rule("P-014")
def test_a_lower_floor_lets_a_work_opt_in_while_the_default_stays() -> None:
    made = changed(Instance(), {}, {"ai_train": "allow", "tdm": "open"}, {})
    assert made.default == DEFAULT
    work = stated(made, {}, {"ai_train": "allow", "tdm": "open"})
    assert (work.ai_train, work.tdm, work.ai_input) == ("allow", "open", "deny")
    assert stated(Instance(), {}, {"ai_train": "allow", "tdm": "open"}) == DEFAULT


@pytest.mark.rule("P-018")
@given(st.builds(Policy, **words), st.builds(Policy, **words))
def test_what_permits_more_is_named_by_its_fields(before: Policy, after: Policy) -> None:
    assume(before != after)
    for field in FIELDS:
        looser = field not in UNORDERED and strictness(getattr(after, field)) < strictness(
            getattr(before, field)
        )
        assert (field in loosened(before, after)) is looser
    assert loosened(before, replace(before, search=Use.DENY)) == ()
