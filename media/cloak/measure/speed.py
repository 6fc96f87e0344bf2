"""`python -m media.cloak.measure.speed [ENGINE …] [--encoder PATH]`: seconds of one core and memory by picture size (C-025).

Each measurement is a process of its own, so that one does not pay for the memory of another.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
from PIL import Image

from media.cloak import ENGINES, Climb, ascent
from media.cloak.ascent import ASCENT
from media.cloak.engine import Engine, Pixels, Strength

MEGAPIXELS = (1, 4, 12, 24)
SECONDS = 30.0  # that the climb may take for a picture
SEED = b"speed".ljust(32, b".")


def picture(megapixels: int) -> Pixels:
    """A picture of that size, three to two, with forms of every size."""
    width = round((megapixels * 1_500_000) ** 0.5)
    small = np.random.default_rng(1).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    return np.asarray(
        Image.fromarray(small).resize((width, megapixels * 1_000_000 // width), Image.Resampling.BICUBIC)
    )


def chosen(name: str, encoders: tuple[str, ...]) -> Engine:
    """The engine of that name; the climb goes up on these encoders."""
    return ascent.engine(Climb(encoders, SECONDS)) if name == ASCENT.name else ENGINES[name]


def once(name: str, megapixels: int, encoders: tuple[str, ...]) -> dict[str, float]:
    """Seconds of one core for each megapixel, and MiB beyond the picture, its copy and the loaded libraries."""
    engine, taken = chosen(name, encoders), picture(megapixels)
    engine.cloak(taken[:160, :160].copy(), Strength.standard, SEED)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    engine.cloak(taken, Strength.standard, SEED)
    seconds = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"seconds_per_megapixel": round(seconds / megapixels, 3), "mebibytes": round(memory / 1024, 1)}


def main(arguments: list[str]) -> int:
    """Print a table as Markdown; with --once the figures of one size as JSON."""
    parser = argparse.ArgumentParser(prog="python -m media.cloak.measure.speed", description=__doc__)
    parser.add_argument("engines", nargs="*", default=["generator", "texture"])
    parser.add_argument("--encoder", action="append", default=[], help="weights for the engine ascent")
    parser.add_argument("--once", type=int, help="this many megapixels of one engine, here")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(MEGAPIXELS))
    given = parser.parse_args(arguments)
    if given.once:
        sys.stdout.write(json.dumps(once(given.engines[0], given.once, tuple(given.encoder))) + "\n")
        return 0
    sys.stdout.write(
        "| engine | megapixels | s of one core a megapixel | MiB beyond the picture |\n|---|---|---|---|\n"
    )
    for name in given.engines:
        for megapixels in given.sizes:
            found = _apart(name, megapixels, given.encoder)
            figures = f"{found['seconds_per_megapixel']} | {found['mebibytes']}"
            sys.stdout.write(f"| {name} | {megapixels} | {figures} |\n")
            sys.stdout.flush()
    return 0


def _apart(name: str, megapixels: int, encoders: list[str]) -> dict[str, float]:
    words = [sys.executable, "-m", "media.cloak.measure.speed", name, "--once", str(megapixels)]
    named = [word for path in encoders for word in ("--encoder", path)]
    done = subprocess.run([*words, *named], capture_output=True, text=True, check=True)  # noqa: S603  (ourselves)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
