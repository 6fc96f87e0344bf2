"""`cloak` and `media report`: a file changed as a post changes it, and what was done to files."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fedicara.cli.command import Place
from tests.media.pictures import encoded, meadow, opened, profile, reel, xmp


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "data", FEDICARA_CLOAK="texture").settled()


@pytest.mark.rule("C-002", "C-004")
def test_a_file_is_cloaked_as_a_post_is_and_nothing_else_is_done_to_it(place: Place, tmp_path: Path) -> None:
    source, out, report = tmp_path / "a.jpg", tmp_path / "b.png", tmp_path / "c.json"
    credit = xmp("<dc:creator><rdf:Seq><rdf:li>Ada Example</rdf:li></rdf:Seq></dc:creator>")
    source.write_bytes(
        encoded(meadow(500, 400), "JPEG", xmp=credit, icc_profile=profile(), comment=b"secret")
    )
    ended = place.tell("cloak", source, out, "--strength", "strong", "--report", report)
    assert (ended.returncode, ended.stdout) == (0, f"{out}\n"), ended.stderr
    assert ended.stderr == "texture 1, strong\n"
    before, after = opened(source.read_bytes()), opened(out.read_bytes())
    assert (after.format, after.size, after.info["icc_profile"]) == ("PNG", before.size, profile())
    change = np.abs(np.asarray(after, dtype=int) - np.asarray(before, dtype=int))
    assert 0 < change.max() <= 10
    assert b"Ada Example" in out.read_bytes()
    assert b"secret" not in out.read_bytes()
    said = json.loads(report.read_text())
    assert (said["cloak"]["engine"], said["cloak"]["strength"]) == ("texture", "strong")
    assert said["dropped"] == ["comments and text notes", "other XMP properties"]
    again = place.tell("cloak", source, out)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    same = tmp_path / "d.png"
    place.tell("cloak", source, same, "--strength", "strong")
    assert same.read_bytes() == out.read_bytes()


@pytest.mark.parametrize(
    ("data", "words", "more"),
    [
        (b"%PDF-1.7" + bytes(90), "PDF and Illustrator files are not taken", ()),
        (reel("GIF"), "Moving pictures are never cloaked", ()),
        (encoded(meadow(300, 200)), "no cloak called 'glaze'", ("--engine", "glaze")),
    ],
    ids=["pdf", "moving", "engine"],
)
def test_what_cannot_be_cloaked_is_one_line_and_no_file(
    place: Place, tmp_path: Path, data: bytes, words: str, more: tuple[str, ...]
) -> None:
    source, out = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(data)
    ended = place.tell("cloak", source, out, *more)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert words in ended.stderr
    assert not out.exists()


def test_a_picture_that_is_better_left_alone_is_left_alone_and_it_is_said(
    place: Place, tmp_path: Path
) -> None:
    source, out = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(encoded(Image.new("RGB", (300, 200), "navy")))
    ended = place.tell("cloak", source, out)
    assert "at most 32 colours" in ended.stderr
    assert opened(out.read_bytes()).convert("RGB").tobytes() == opened(source.read_bytes()).tobytes()


def test_the_report_on_the_files_of_a_work_is_one_line_of_json_each(place: Place, tmp_path: Path) -> None:
    place.tell("accounts", "create", "ada", "--password-stdin", stdin="correct horse\n")
    source = tmp_path / "a.png"
    source.write_bytes(encoded(meadow(300, 200)))
    posted = place.tell("works", "post", "ada", source, source, "--alt", "A", "--alt", "B", "--ai", "none")
    number = re.search(r"/([0-9]+)$", posted.stdout.strip())
    assert number is not None
    ended = place.tell("media", "report", number[1])
    first, second = (json.loads(line) for line in ended.stdout.splitlines())
    assert first["came"]["width"] == second["came"]["width"] == 300
    assert "card" in {each["rendition"] for each in first["made"]}
    (one,) = place.tell("media", "report", second["id"]).stdout.splitlines()
    assert json.loads(one) == second
    absent = place.tell("media", "report", "1")
    assert (absent.returncode, absent.stdout) == (1, "")


def test_the_strong_engine_climbs_on_the_encoders_that_the_place_names(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    weights = tmp_path / "vae.pth"
    code = f"from tests.media.cloak import small; small.saved(small.autoencoder(), {str(weights)!r})"
    subprocess.run([sys.executable, "-c", code], check=True)
    settings = {"FEDICARA_CLOAK_ENCODERS": str(weights), "FEDICARA_CLOAK_SECONDS": "2"}
    place = Place(tmp_path / "data", FEDICARA_CLOAK="ascent", **settings).settled()
    source = tmp_path / "a.png"
    source.write_bytes(encoded(meadow(200, 160)))
    files = [tmp_path / "climbed.png", tmp_path / "begun.png"]
    for out, more in zip(files, ((), ("--engine", "generator")), strict=True):
        assert place.tell("cloak", source, out, *more).returncode == 0
    climbed, begun = (np.asarray(opened(file.read_bytes()), dtype=int) for file in files)
    assert (climbed != begun).any()
    bare = Place(tmp_path / "bare", FEDICARA_CLOAK="ascent").settled()
    assert "no encoder on this server" in bare.tell("cloak", source, tmp_path / "c.png").stderr
