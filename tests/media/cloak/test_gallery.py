"""The gallery shows before, after and the difference of pictures that are drawn anew each time, alike."""

from PIL import Image

from media.cloak.measure import gallery


def test_every_sheet_shows_a_part_three_times(tmp_path):
    assert gallery.main([str(tmp_path), "texture"]) == 0
    assert {path.stem for path in tmp_path.iterdir()} == set(gallery.PICTURES)
    with Image.open(tmp_path / "painting.png") as sheet:
        assert sheet.size == (1216, 400)
        before, after, difference = (sheet.crop((left, 0, left + 400, 400)) for left in (0, 408, 816))
    assert before.tobytes() != after.tobytes()
    assert difference.getextrema() != before.getextrema()


def test_it_asks_for_a_folder(capsys):
    assert gallery.main([]) == 2
    assert "usage" in capsys.readouterr().err
