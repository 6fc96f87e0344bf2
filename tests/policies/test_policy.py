"""How instance, account and work combine into one policy."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import PolicyError
from policies.policy import (
    DEFAULT,
    DEFAULT_BOUNDS,
    FIELDS,
    FLOOR,
    UNORDERED,
    AnonymousMedia,
    Bounds,
    Ceiling,
    Licensing,
    Mining,
    PeerMedia,
    Policy,
    Use,
    check_choice,
    check_instance,
    effective,
    normalise,
    strictness,
    value_of,
)

policies = st.builds(Policy, **{field: st.sampled_from(list(values)) for field, values in FIELDS.items()})
choices = st.fixed_dictionaries(
    {}, optional={field: st.sampled_from(["inherit", *values]) for field, values in FIELDS.items()}
)
OPEN_FLOOR = Bounds(floor=replace(FLOOR, ai_train=Use.ALLOW, tdm=Mining.OPEN))


def four(policy: Policy) -> tuple[str, str, str, str]:
    return policy.search, policy.ai_train, policy.ai_input, policy.tdm


def test_a_fresh_instance_allows_search_and_refuses_every_use_by_ai() -> None:
    assert effective(DEFAULT, {}, {}) == DEFAULT
    assert four(DEFAULT) == ("allow", "deny", "deny", "reserved")
    assert (DEFAULT.licensing, DEFAULT.noarchive) == ("ask", "off")
    assert (DEFAULT.anonymous_media, DEFAULT.peer_media) == ("preview", "signed")


@pytest.mark.rule("P-013")
def test_the_work_speaks_before_the_account_and_the_account_before_the_instance() -> None:
    account = {"search": "deny", "noarchive": "on"}
    assert effective(DEFAULT, account, {}).search == "deny"
    assert effective(DEFAULT, account, {"search": "allow"}).search == "allow"
    assert effective(DEFAULT, account, {"search": "inherit"}).search == "deny"
    assert effective(DEFAULT, account, {"search": "allow"}).noarchive == "on"


@pytest.mark.rule("P-010")
@pytest.mark.parametrize("choice", [{"ai_train": "maybe"}, {"mood": "deny"}, {"search": ""}])
def test_an_unknown_value_or_field_is_an_error_that_names_the_field(choice: dict[str, str]) -> None:
    with pytest.raises(PolicyError) as caught:
        check_choice(choice)
    assert caught.value.field == next(iter(choice))
    assert str(caught.value).startswith(caught.value.field)


@pytest.mark.rule("P-010")
def test_an_unknown_stored_value_is_never_a_silent_default() -> None:
    with pytest.raises(PolicyError):
        effective(DEFAULT, {"search": "sometimes"}, {})


@pytest.mark.rule("P-011")
def test_reserved_mining_forces_training_to_be_denied() -> None:
    assert normalise(Policy(ai_train=Use.ALLOW)).ai_train == "deny"
    opened = Policy(ai_train=Use.ALLOW, tdm=Mining.OPEN)
    assert normalise(opened) == opened


@pytest.mark.rule("P-011")
@given(policies)
def test_normalising_twice_is_normalising_once_and_never_loosens(policy: Policy) -> None:
    once = normalise(policy)
    assert normalise(once) == once
    assert all(strictness(getattr(once, f)) >= strictness(getattr(policy, f)) for f in FIELDS)


@pytest.mark.rule("P-012")
@given(policies, choices, choices)
def test_what_is_not_public_is_never_searchable_and_has_no_rendition_for_visitors(
    instance: Policy, account: dict[str, str], work: dict[str, str]
) -> None:
    bounds = Bounds(ceiling=Ceiling(anonymous_media=AnonymousMedia.PREVIEW))
    policy = effective(instance, account, work, bounds=bounds, public=False)
    assert (policy.search, policy.anonymous_media) == ("deny", "none")


@pytest.mark.rule("P-013", "P-014", "P-015")
@given(policies, choices, choices, policies, st.sampled_from(AnonymousMedia), st.sampled_from(PeerMedia))
def test_no_stored_choice_escapes_floor_and_ceiling(
    instance: Policy,
    account: dict[str, str],
    work: dict[str, str],
    floor: Policy,
    anonymous_media: AnonymousMedia,
    peer_media: PeerMedia,
) -> None:
    bounds = Bounds(floor, Ceiling(anonymous_media, peer_media))
    policy = effective(instance, account, work, bounds=bounds)
    for field in set(FIELDS) - UNORDERED - {"anonymous_media", "peer_media"}:
        assert strictness(getattr(policy, field)) >= strictness(getattr(bounds.floor, field))
    assert strictness(policy.anonymous_media) <= strictness(anonymous_media)
    assert strictness(policy.peer_media) <= strictness(peer_media)


@pytest.mark.rule("P-015")
@given(policies, policies)
def test_no_setting_stops_an_artist_from_saying_no_to_a_use(instance: Policy, floor: Policy) -> None:
    no = {"search": "deny", "ai_train": "deny", "ai_input": "deny", "tdm": "reserved"}
    assert check_choice(no, Bounds(floor)) == no
    assert four(effective(instance, no, {}, bounds=Bounds(floor))) == ("deny", "deny", "deny", "reserved")


@pytest.mark.rule("P-016")
def test_a_choice_looser_than_the_floor_is_refused_and_a_stored_one_is_clamped() -> None:
    with pytest.raises(PolicyError) as caught:
        check_choice({"ai_train": "allow"}, DEFAULT_BOUNDS)
    assert caught.value.field == "ai_train"
    assert "looser" in caught.value.reason
    assert four(effective(DEFAULT, {}, {"ai_train": "allow"})) == ("allow", "deny", "deny", "reserved")


@pytest.mark.rule("P-014")
def test_a_lowered_floor_lets_one_work_opt_in() -> None:
    work = check_choice({"ai_train": "allow", "tdm": "open"}, OPEN_FLOOR)
    assert four(effective(DEFAULT, {}, work, bounds=OPEN_FLOOR)) == ("allow", "allow", "deny", "open")
    assert effective(DEFAULT, {}, {}, bounds=OPEN_FLOOR) == DEFAULT


def test_inherited_fields_are_not_stored_and_unordered_ones_have_no_bounds() -> None:
    assert check_choice({"search": "inherit", "licensing": "none"}) == {"licensing": "none"}


@pytest.mark.rule("P-011", "P-014")
def test_a_floor_that_contradicts_itself_is_read_as_the_strict_one() -> None:
    contradictory = Bounds(floor=replace(FLOOR, ai_train=Use.ALLOW))
    assert contradictory.floor == FLOOR
    with pytest.raises(PolicyError):
        check_choice({"ai_train": "allow"}, contradictory)


def test_whether_a_way_to_ask_is_published_has_no_floor() -> None:
    bounds = Bounds(floor=replace(FLOOR, licensing=Licensing.NONE))
    assert effective(DEFAULT, {}, {}, bounds=bounds).licensing == "ask"


@pytest.mark.rule("P-014")
def test_the_instance_default_must_lie_between_floor_and_ceiling() -> None:
    check_instance(DEFAULT)
    with pytest.raises(PolicyError, match="ai_input"):
        check_instance(Policy(ai_input=Use.ALLOW))
    with pytest.raises(PolicyError, match="anonymous_media"):
        check_instance(DEFAULT, Bounds(ceiling=Ceiling(anonymous_media=AnonymousMedia.FULL)))


def test_a_raised_floor_changes_every_account_at_once() -> None:
    raised = Bounds(floor=replace(FLOOR, search=Use.DENY))
    assert effective(DEFAULT, {}, {"search": "allow"}, bounds=raised).search == "deny"


def test_a_word_becomes_the_value_of_its_own_field() -> None:
    assert value_of("licensing", "none").__class__ is not value_of("anonymous_media", "none").__class__
