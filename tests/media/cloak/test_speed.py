"""Seconds and memory for each megapixel are told engine by engine, each size in a process of its own."""

import json

import pytest

from media.cloak.measure import speed


@pytest.mark.rule("C-025")
def test_a_table_with_each_engine_and_size(capsys):
    assert speed.main(["generator", "texture", "--sizes", "1", "2"]) == 0
    rows = [line.split("|")[1:5] for line in capsys.readouterr().out.splitlines()[2:]]
    assert [(name.strip(), int(size)) for name, size, _, _ in rows] == [
        (engine, size) for engine in ("generator", "texture") for size in (1, 2)
    ]
    assert all(float(seconds) > 0 for _, _, seconds, _ in rows)


def test_one_size_is_measured_here(capsys):
    assert speed.main(["texture", "--once", "1"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"seconds_per_megapixel", "mebibytes"}


def test_the_climb_is_given_its_encoders():
    assert speed.chosen("ascent", ("vae.safetensors",)).name == "ascent"
    assert speed.picture(1).shape == (816, 1225, 3)
