"""Cloaks that tests add to the registry, here and in the processes that open pictures: some fail, one is easily seen."""

import os
from pathlib import Path

import pytest

from media.cloak import ENGINES

ROOT = Path(__file__).parents[2]
SOURCE = '''
import os, signal, time
from pathlib import Path

from media.cloak import ENGINES, Cloaked, Engine
from media.errors import CloakFailed

FOLDER, VERSIONS = Path({folder!r}), {versions!r}


def negative(picture, strength, seed):
    """What every variant shows at once, whatever its size."""
    return Cloaked(255 - picture)


def keyless(picture, strength, seed):
    """Its model is not there."""
    try:
        return Cloaked((FOLDER / "model.onnx").read_bytes())
    except OSError as error:
        raise CloakFailed("The cloak's model cannot be read, so the picture was not published.") from error


def unread(picture, strength, seed):
    """Its model is not there, and nobody thought of that."""
    return Cloaked((FOLDER / "model.onnx").read_bytes())


def killed(picture, strength, seed):
    os.kill(os.getpid(), signal.SIGKILL)


def once_killed(picture, strength, seed):
    mark = FOLDER / "killed"
    if mark.exists():
        return negative(picture, strength, seed)
    mark.touch()
    os.kill(os.getpid(), signal.SIGKILL)


def endless(picture, strength, seed):
    time.sleep(600)


def patient(picture, strength, seed):
    """Waits until the test says go."""
    while not (FOLDER / "go").exists():
        time.sleep(0.02)
    return negative(picture, strength, seed)


def picky(picture, strength, seed):
    """Refuses what is strong, and pictures that the test names by their width."""
    refused = (FOLDER / "refused").read_text().split() if (FOLDER / "refused").exists() else []
    if strength == "strong" or str(picture.shape[1]) in refused:
        raise CloakFailed("This picture is not to its taste.")
    return negative(picture, strength, seed)


for cloak in (negative, keyless, unread, killed, once_killed, endless, patient, picky):
    name = cloak.__name__
    ENGINES[name] = Engine(name, VERSIONS.get(name, "1"), experimental=False, cloak=cloak)
'''


def add(monkeypatch: pytest.MonkeyPatch, folder: Path, **versions: str) -> Path:
    """Let these engines be there from now on, in these versions; the folder is theirs to look into."""
    folder.mkdir(exist_ok=True)
    source = SOURCE.format(folder=str(folder), versions=versions)
    (folder / "sitecustomize.py").write_text(source)
    before = dict(ENGINES)
    exec(compile(source, "engines", "exec"), {})
    added = {name: engine for name, engine in ENGINES.items() if engine is not before.get(name)}
    ENGINES.clear()
    ENGINES.update(before)
    for name, engine in added.items():
        monkeypatch.setitem(ENGINES, name, engine)
    path = os.pathsep.join([str(folder), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return folder
