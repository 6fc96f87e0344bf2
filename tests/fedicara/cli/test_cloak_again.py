"""`cloak-again` and `works post --cloak`: the cloak by command."""

from pathlib import Path

import pytest

from tests.fedicara import engines
from tests.fedicara.cli.command import Place
from tests.media.pictures import encoded, meadow


@pytest.mark.rule("C-004", "C-005")
def test_pictures_are_cloaked_again_by_command_and_how_many_stands_alone_on_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = engines.add(monkeypatch, tmp_path / "engines")
    place = Place(tmp_path / "data", FEDICARA_CLOAK="picky").settled()
    assert place.tell("accounts", "create", "ada").returncode == 0
    picture = tmp_path / "meadow.png"
    picture.write_bytes(encoded(meadow(200, 160)))
    wish = ("works", "post", "ada", picture, "--alt", "Grass", "--cloak")
    assert place.tell(*wish, "light").returncode == 0
    refused = place.tell(*wish, "utmost")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Say one of light, standard, strong, external, none." in refused.stderr
    assert place.tell("cloak-again").stdout == "0\n"

    engines.add(monkeypatch, folder, picky="2")
    (folder / "refused").write_text("200")
    assert place.tell("cloak-again").stdout == "1\n"
    failing = place.tell("cloak-again", "--wait")
    assert failing.stdout == "1\n"
    assert "1 could not be cloaked again and stays as it was." in failing.stderr
    assert place.tell("cloak-again", "--engines").stdout == "0\n", "what failed is left alone until asked for"
    (folder / "refused").unlink()
    again = place.tell("cloak-again", "--failed", "--wait")
    assert (again.stdout, again.stderr.replace("\n", "")) == ("1\n", "")
    assert place.tell("cloak-again", "--engines", "--failed").stdout == "0\n"


def test_check_config_names_an_engine_that_is_not_there(tmp_path: Path) -> None:
    told = Place(tmp_path / "data", FEDICARA_CLOAK="glaze").settled().tell("check-config")
    assert told.returncode == 4
    assert "cloak: there is no engine called glaze; there are generator" in told.stderr
