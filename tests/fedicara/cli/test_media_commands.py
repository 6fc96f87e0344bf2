"""`media`: what an operator learns of files, and the change of a key."""

import os
import secrets
import time
from base64 import b64encode
from pathlib import Path

import pytest

from tests.fedicara.cli.command import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "data").settled()
    assert place.tell("migrate").returncode == 0
    return place


def put(place: Place, key: str, content: bytes = b"pixels", *, hours: float = 2) -> Path:
    path = place.data / "media" / key[:2] / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))
    return path


def test_check_names_what_nothing_names_and_sweep_removes_it(place: Place) -> None:
    old, new = f"{secrets.token_hex(16)}.png", f"{secrets.token_hex(16)}.png"
    left, fresh = put(place, old), put(place, new, hours=0)
    checked = place.tell("media", "check")
    assert (checked.returncode, checked.stdout) == (0, f"unnamed {old}\n")
    assert left.exists()
    swept = place.tell("media", "sweep")
    assert (swept.returncode, swept.stdout) == (0, f"{old}\n")
    assert (left.exists(), fresh.exists()) == (False, True)
    assert place.tell("media", "sweep").stdout == ""


def test_reseal_wants_keys_and_says_how_many_it_sealed(place: Place, tmp_path: Path) -> None:
    without = place.tell("media", "reseal")
    assert (without.returncode, without.stdout) == (4, "")
    assert "original_keys" in without.stderr
    keys = tmp_path / "keys"
    keys.write_bytes(b64encode(secrets.token_bytes(32)))
    place.environment["FEDICARA_ORIGINAL_KEYS"] = str(keys)
    assert place.tell("media", "reseal").stdout == "0\n"
    keys.write_text("no key")
    for command in (("media", "check"), ("check-config",)):
        broken = place.tell(*command)
        assert broken.returncode == 4
        assert "original_keys" in broken.stderr
