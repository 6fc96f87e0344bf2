"""Settings: each with its help text, each documented, each refused in words when it is wrong."""

import re
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from fedicara.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
ROWS = {
    name: (default, text)
    for name, default, text in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", PAGE, re.M)
}


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def shown(default: object) -> str:
    if default in (None, "", (), {}):
        return "empty"
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_the_documentation_with_its_default_and_help(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.description
    assert field.description.endswith(".")
    assert ROWS[name] == (shown(field.default), field.description)


def test_the_documentation_names_no_setting_that_is_not_there() -> None:
    assert set(ROWS) == set(Settings.model_fields)


def test_the_command_line_comes_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    text = 'base_url = "https://file.example"\nname = "File"\ncontact = "file@art.example"\n'
    (tmp_path / "data" / "fedicara.toml").write_text(text)
    monkeypatch.setenv("FEDICARA_NAME", "Environment")
    monkeypatch.setenv("FEDICARA_CONTACT", "environment@art.example")
    made = Settings(contact="line@art.example")
    assert (made.base_url, made.name, made.contact) == (
        "https://file.example",
        "Environment",
        "line@art.example",
    )


def test_the_file_lies_in_the_data_folder_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "fedicara.toml").write_text('base_url = "https://there.example"')
    monkeypatch.setenv("FEDICARA_DATA", str(tmp_path / "elsewhere"))
    made = Settings()
    assert (made.base_url, made.media) == ("https://there.example", tmp_path / "elsewhere" / "media")


@pytest.mark.parametrize("written", ["127.0.0.0/8, fd00::/8", ["127.0.0.0/8", "fd00::/8"]])
def test_networks_are_written_as_text_or_list(written: object) -> None:
    made = Settings(base_url="https://art.example", egress_allow=written)
    assert made.egress_allow == (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))


def test_hosts_are_written_as_text_or_table() -> None:
    for written in (
        "a.example=127.0.0.1, b.example=127.0.0.2",
        {"a.example": "127.0.0.1", "b.example": "127.0.0.2"},
    ):
        made = Settings(base_url="https://art.example", egress_hosts=written)
        assert made.egress_hosts == {"a.example": "127.0.0.1", "b.example": "127.0.0.2"}


@pytest.mark.threat("SSRF-16")
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"base_url": "http://art.example"}, "https://"),
        ({"base_url": "http://127.0.0.1:8000"}, "egress_allow"),
        ({"base_url": "http://10.0.0.1", "egress_allow": "127.0.0.0/8"}, "egress_allow"),
        ({"base_url": "https://art.example/place"}, "without a path"),
        ({"base_url": "art.example"}, "https://art.example"),
        ({"base_url": "https://art.example", "egress_allow": "10.0.0.1/8"}, "host bits"),
        ({"base_url": "https://art.example", "upload_limit": "-1"}, "greater than 0"),
        ({"base_url": "https://art.example", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_setting_is_refused_with_the_reason(values: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        Settings(**values)


@pytest.mark.parametrize(
    ("written", "base_url", "domain", "host", "secure"),
    [
        ("https://Art.Example/", "https://art.example", "art.example", "art.example", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1:8000", "127.0.0.1", False),
    ],
)
def test_the_address_gives_domain_and_host(
    written: str, base_url: str, domain: str, host: str, secure: bool
) -> None:
    made = Settings(base_url=written, egress_allow="127.0.0.0/8")
    assert (made.base_url, made.domain, made.host, made.is_secure) == (base_url, domain, host, secure)
    assert made.place == domain


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings(base_url="https://art.example").name = "Other"
