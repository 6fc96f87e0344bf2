"""ExifTool as its npm package has it, run by the perl of this machine."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / "build" / "mouths"
PROGRAM = FOLDER / "node_modules" / "exiftool-vendored.pl" / "bin" / "exiftool"


class MissingError(Exception):
    """perl or npm is not there; the message says how to get it."""


def install() -> None:
    """Fetch it with npm, once; later runs use what is there."""
    for name in ("perl", "npm"):
        if shutil.which(name) is None:
            raise MissingError(f"{name} is not installed; on Debian and Ubuntu: apt-get install {name}")
    wanted, stamp = (HERE / "package.json").read_text(), FOLDER / "package.json"
    if PROGRAM.exists() and stamp.read_text() == wanted:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise MissingError(f"npm could not install ExifTool: {done.stderr.strip()[-300:]}")


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The XMP of every file in a folder, by file name; values as the files have them."""
    command = ["perl", str(PROGRAM), "-json", "-n", "-charset", "UTF8", "-XMP:all", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return {Path(each.pop("SourceFile")).name: each for each in json.loads(done.stdout)}
