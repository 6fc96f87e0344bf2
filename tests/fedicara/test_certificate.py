"""The certificate that pictures are signed with: made once, or given; refused in words where it is no use."""

import stat
from pathlib import Path

import pytest

from fedicara import settings as of_settings
from fedicara.certificate import FILE, CertificateError, read_certificate
from fedicara.settings import Settings

PLACE = "https://art.example"


@pytest.mark.rule("P-136")
def test_the_server_makes_its_own_once_and_takes_one_that_is_given(tmp_path: Path) -> None:
    made = read_certificate(Settings(data=tmp_path, base_url=PLACE))
    own = tmp_path / FILE
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert read_certificate(Settings(data=tmp_path, base_url=PLACE)) == made
    assert made.key not in repr(made)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert read_certificate(Settings(data=elsewhere, base_url=PLACE)) != made
    (elsewhere / FILE).unlink()
    assert read_certificate(Settings(data=elsewhere, base_url=PLACE, c2pa_certificate=own)) == made
    assert not (elsewhere / FILE).exists()


def test_a_file_that_is_no_use_is_refused_by_name(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, base_url=PLACE, c2pa_certificate=tmp_path / "given.pem")
    one, other = (tmp_path / name for name in ("one", "other"))
    for folder in (one, other):
        folder.mkdir()
    made = [read_certificate(Settings(data=folder, base_url=PLACE)) for folder in (one, other)]
    for content in (None, "no certificate", made[0].chain, made[0].key, made[0].key + made[1].chain):
        if content is not None:
            (tmp_path / "given.pem").write_text(content)
        with pytest.raises(CertificateError, match=r"given\.pem cannot be used"):
            read_certificate(settings)


def test_the_option_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(base_url=PLACE).c2pa is False
    monkeypatch.setattr(of_settings, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="the extra is not installed"):
        Settings(base_url=PLACE, c2pa=True)
