"""The demo: two real servers in processes of their own, and a picture that travels."""

import re
from pathlib import Path
from tempfile import gettempdir

from PIL import Image

from fedicara.cli.dusk import HEIGHT, WIDTH, draw
from tests.fedicara.cli.command import Place, free_port


def test_the_demo_tells_the_whole_journey_and_leaves_nothing(tmp_path: Path) -> None:
    before = set(Path(gettempdir()).glob("fedicara-demo-*"))
    port = free_port()
    told = Place(tmp_path).run("demo", "--once", "--port", str(port), within=120)
    assert told.returncode == 0, told.stderr
    assert f"http://127.0.0.1:{port}/@ada/" in told.stdout
    assert re.search(rf"http://127\.0\.0\.2:{port}/proxy/\d+/\w+", told.stdout)
    assert re.search(rf"fedicara fetch http://127\.0\.0\.1:{port}/objects/\d+ --as bob", told.stdout)
    assert f"curl http://127.0.0.1:{port}/robots.txt" in told.stdout
    assert f"http://127.0.0.2:{port}/home" in told.stdout
    assert set(Path(gettempdir()).glob("fedicara-demo-*")) == before


def test_the_picture_is_drawn_alike_every_time() -> None:
    picture = draw()
    assert picture.size == (WIDTH, HEIGHT)
    assert isinstance(picture, Image.Image)
    assert draw().tobytes() == picture.tobytes()
    assert draw(8).tobytes() != picture.tobytes()
