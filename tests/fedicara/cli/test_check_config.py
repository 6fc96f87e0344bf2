"""`check-config` tries the bucket of a real service and names what has to be mended."""

from pathlib import Path
from typing import Any

import pytest

from tests.fedicara.cli.command import Place
from tests.seaweed import READER, READER_SECRET, SECRET, Seaweed


def written(tmp_path: Path, **given: Any) -> Place:
    place = Place(tmp_path / "data").settled()
    with (place.data / "fedicara.toml").open("a") as file:
        file.writelines(f'{name} = "{value}"\n' for name, value in given.items())
    return place


def test_a_bucket_that_works_is_well_and_its_secret_is_not_shown(seaweed: Seaweed, tmp_path: Path) -> None:
    answer = written(tmp_path, **seaweed.bucket()).tell("check-config")
    assert answer.returncode == 0, answer.stderr
    assert "All is well." in answer.stdout
    assert "note: bucket_endpoint is http://" in answer.stdout
    assert SECRET not in answer.stdout + answer.stderr
    assert not (tmp_path / "data" / "media").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"bucket_secret": "not this one"}, "bucket_secret: "),
        ({"bucket_key": "nobody"}, "bucket_key: "),
        ({"bucket": "elsewhere"}, "bucket: the service has no bucket of that name"),
        ({"bucket_endpoint": "http://127.0.0.1:9"}, "bucket_endpoint: nobody answers"),
        ({"bucket_key": READER, "bucket_secret": READER_SECRET}, "bucket: a file cannot be written"),
    ],
)
def test_what_is_wrong_with_a_bucket_is_said_in_one_line(
    seaweed: Seaweed, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    answer = written(tmp_path, **(seaweed.bucket() | wrong)).tell("check-config")
    assert answer.returncode == 3
    assert answer.stderr.startswith(said) or said in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "not this one" not in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bucket": "art"}, "bucket_endpoint"),
        ({"bucket": "art", "bucket_endpoint": "s3.example"}, "bucket_endpoint"),
        ({"bucket": "art", "bucket_endpoint": "https://s3.example", "bucket_key": "a"}, "bucket_secret"),
    ],
)
def test_half_a_bucket_is_refused(tmp_path: Path, given: dict[str, str], said: str) -> None:
    answer = written(tmp_path, **given).tell("check-config")
    assert answer.returncode == 4
    assert said in answer.stderr
