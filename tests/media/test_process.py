"""The process that opens pictures, as its parent sees it."""

import base64
import hashlib
import json
import signal
import subprocess
import sys

import pytest

from media.__main__ import main, read_options
from media.decode import Limits
from tests.media.pictures import encoded, meadow, opened, png_header

GIVEN = {
    "marks": {"dc:creator": ["Ada"]},
    "engine": "texture",
    "strength": "standard",
    "secret": base64.b64encode(b"s").decode(),
}


def run(folder, data, **changes):
    """The exit code, the JSON lines and the standard error of one run."""
    source, out = folder / "upload", folder / "out"
    out.mkdir()
    source.write_bytes(data)
    told = subprocess.run(
        [sys.executable, "-m", "media", str(source), str(out)],
        input=json.dumps(GIVEN | changes),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return told.returncode, [json.loads(line) for line in told.stdout.splitlines()], told.stderr


def test_a_picture_is_prepared_in_a_process_of_its_own(tmp_path):
    code, lines, errors = run(tmp_path, encoded(meadow(), "JPEG"))
    assert (code, errors) == (0, "")
    assert lines[0] == {"step": "reading", "percent": 0}
    done = lines[-1]["done"]
    assert (done["width"], done["height"], done["report"]["cloak"]["engine"]) == (480, 320, "texture")
    assert [one["file"] for one in done["renditions"]] == [
        "large.jpg",
        "preview.jpg",
        "small.jpg",
        "small.webp",
        "small.avif",
        "card.jpg",
    ]
    assert [one["name"] for one in done["renditions"]][2:4] == ["small", "small.webp"]
    for one in done["renditions"]:
        data = (tmp_path / "out" / one["file"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one["bytes"], one["sha256"])
        assert opened(data).size == (one["width"], one["height"])


@pytest.mark.parametrize(
    ("data", "changes", "kind"),
    [
        (b"words in a file called .png", {}, "unsupported"),
        (encoded(meadow(), "JPEG")[:3000], {}, "broken"),
        (png_header(20000, 10000), {}, "too_large"),
        (encoded(meadow()), {"limits": {"bytes": 100}}, "too_large"),
        (encoded(meadow()), {"engine": "unheard of"}, "cloak"),
    ],
    ids=["words", "truncated", "200 megapixels", "too many bytes", "no such cloak"],
)
def test_a_refusal_is_a_sentence_and_a_kind_and_leaves_no_file(tmp_path, data, changes, kind):
    code, lines, _ = run(tmp_path, data, **changes)
    assert code == 0
    assert lines[-1].keys() == {"refused", "kind"}
    assert lines[-1]["kind"] == kind
    assert lines[-1]["refused"].endswith(".")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.threat("MED-08")
def test_a_picture_that_needs_more_memory_than_allowed_ends_the_process_and_leaves_no_file(tmp_path):
    code, lines, _ = run(tmp_path, png_header(8000, 7900), memory_bytes=300 * 1024 * 1024)
    assert code != 0
    assert "done" not in lines[-1]
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.threat("MED-08")
def test_a_picture_that_takes_too_long_ends_the_process(tmp_path):
    code, _, _ = run(tmp_path, encoded(meadow().resize((9000, 6600)), "JPEG"), cpu_seconds=1)
    assert -code in (signal.SIGXCPU, signal.SIGKILL)


def test_options_that_are_not_whole_are_a_crash_and_not_a_refusal(tmp_path):
    code, lines, errors = run(tmp_path, encoded(meadow()), secret="not base64!")
    assert (code != 0, lines) == (True, [])
    assert "Error" in errors


def test_a_call_without_its_arguments_says_how(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_limits_in_the_options_replace_only_what_they_name():
    options = read_options(GIVEN | {"limits": {"pixels": 5}})
    assert options.limits == Limits(pixels=5)
    assert options.secret == b"s"
