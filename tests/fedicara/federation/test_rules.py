"""The verdict about a host: which rule counts, in which mode, however the domain is spelled."""

from pathlib import Path

import pytest

from fedicara.federation.servers.rules import OPEN, Verdict, canonical, host_of, judge
from fedicara.settings import Settings


def settings(tmp_path: Path, mode: str = "blocklist") -> Settings:
    return Settings.model_validate({"data": tmp_path, "base_url": "https://art.example", "federation": mode})


@pytest.mark.threat("MOD-01")
@pytest.mark.rule("F-306")
@pytest.mark.parametrize("host", ["bad.example", "sub.bad.example", "a.b.bad.example"])
def test_a_rule_reaches_every_sub_domain(tmp_path: Path, host: str) -> None:
    assert judge(settings(tmp_path), host, {"bad.example": {"reject"}}).rejected


@pytest.mark.rule("F-306")
@pytest.mark.parametrize("host", ["notbad.example", "example", "bad.example.org"])
def test_a_rule_reaches_nobody_else(tmp_path: Path, host: str) -> None:
    assert judge(settings(tmp_path), host, {"bad.example": {"reject"}}) == OPEN


@pytest.mark.threat("MOD-01")
@pytest.mark.rule("F-306")
def test_an_allow_rule_beats_a_reject_rule_only_when_it_is_longer_or_equal(tmp_path: Path) -> None:
    place = settings(tmp_path)
    assert not judge(place, "bad.example", {"bad.example": {"reject", "allow"}}).rejected
    assert not judge(
        place, "good.bad.example", {"bad.example": {"reject"}, "good.bad.example": {"allow"}}
    ).rejected
    assert judge(place, "sub.bad.example", {"bad.example": {"allow"}, "sub.bad.example": {"reject"}}).rejected


@pytest.mark.rule("F-306")
def test_milder_rules_stand_side_by_side(tmp_path: Path) -> None:
    book = {"loud.example": {"hide_media", "force_sensitive", "no_reports", "unlist"}}
    assert judge(settings(tmp_path), "loud.example", book) == Verdict(False, True, True, True, True)


@pytest.mark.rule("F-306")
def test_an_allowlist_takes_nobody_but_those_allowed_and_itself(tmp_path: Path) -> None:
    place = settings(tmp_path, "allowlist")
    assert judge(place, "unknown.example", {}).rejected
    assert not judge(place, "sub.friend.example", {"friend.example": {"allow"}}).rejected
    assert not judge(place, "art.example", {}).rejected


@pytest.mark.rule("F-306")
def test_an_open_place_rejects_nobody_and_keeps_milder_rules(tmp_path: Path) -> None:
    judged = judge(settings(tmp_path, "open"), "bad.example", {"bad.example": {"reject", "unlist"}})
    assert (judged.rejected, judged.unlists) == (False, True)


@pytest.mark.threat("MOD-01")
@pytest.mark.parametrize("domain", ["Bücher.example", "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE."])
def test_every_spelling_of_a_domain_is_one_domain(domain: str) -> None:
    assert canonical(domain) == "xn--bcher-kva.example"


def test_an_address_without_a_host_has_none() -> None:
    assert host_of("https://Bad.Example.:443/users/ada") == "bad.example"
    assert host_of("mailto:ada@bad.example") == ""
    assert host_of("https://[::1") == ""
