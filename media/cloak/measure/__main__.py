"""`python -m media.cloak.measure PICTURES… --encoder NAME=PATH … --eye PATH --out TABLE.json`."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import torch

from media.cloak import ENGINES
from media.cloak.encoders import load
from media.cloak.encoders.perceptual import Perceptual, Vgg
from media.cloak.engine import Pixels, Strength
from media.cloak.generator import with_model
from media.cloak.measure.displacement import Reader
from media.cloak.measure.summary import lines, summary
from media.cloak.measure.table import Cloak, Subject, measure
from media.cloak.measure.visibility import fitted
from media.cloak.train.__main__ import named

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m media.cloak.measure", description=__doc__)
    parser.add_argument(
        "pictures", type=Path, nargs="+", help="pictures, or folders of them, unseen in training"
    )
    parser.add_argument("--encoder", type=named, action="append", required=True, metavar="NAME=PATH")
    parser.add_argument(
        "--eye", type=Path, required=True, help="weights of shift-tolerant LPIPS with AlexNet"
    )
    parser.add_argument("--out", type=Path, required=True, help="where the table is written as JSON")
    parser.add_argument("--engine", default="generator", choices=sorted(ENGINES))
    parser.add_argument("--model", type=Path, help="the generator's network, if not the one that ships")
    parser.add_argument(
        "--without",
        type=named,
        action="append",
        default=[],
        metavar="NAME=MODEL",
        help="for this encoder, a network that was trained without it",
    )
    parser.add_argument("--strength", default="standard", choices=[each.value for each in Strength])
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--most", type=int, default=24, help="pictures")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="only what the gate asks for")
    return parser.parse_args()


def chosen(places: list[Path], most: int) -> list[Path]:
    """Picture files of the places, one for each name, spread evenly over all."""
    found = [path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*")))]
    pictures = [path for path in found if path.suffix.lower() in SUFFIXES and path.stat().st_size > 60_000]
    step = max(1, len(pictures) // most)
    return pictures[::step][:most]


def cloak_of(given: argparse.Namespace, model: Path | None) -> Cloak:
    """The engine with its strength; the generator with another network where one is named."""
    strength = Strength(given.strength)
    if model is not None:
        return lambda picture, seed: with_model(model, picture, strength, seed).picture
    return lambda picture, seed: ENGINES[given.engine].cloak(picture, strength, seed).picture


def main() -> int:
    """Measure, print the table and write it."""
    given = arguments()
    torch.set_num_threads(given.threads)
    encoders = {name: load(path).to(memory_format=torch.channels_last) for name, path in given.encoder}
    eye = load(given.eye).to(memory_format=torch.channels_last)
    if not isinstance(eye, Perceptual):
        sys.stderr.write(f"{given.eye} is no perceptual metric\n")
        return 2
    main_cloak = cloak_of(given, given.model)
    models = {path: cloak_of(given, path) for _, path in given.without}
    without = {name: models[path] for name, path in given.without}
    subject = Subject(
        main_cloak,
        {name: without.get(name, main_cloak) for name in encoders},
        {name: Reader(encoder) for name, encoder in encoders.items()},
        eye,
        given.quick,
    )
    pictures: Mapping[str, Pixels] = {
        str(path): fitted(str(path), given.side) for path in chosen(given.pictures, given.most)
    }
    kin = frozenset(name for name, encoder in encoders.items() if isinstance(encoder, Vgg))
    untrained = given.model is None and given.engine != "generator"
    unseen = frozenset(encoders if untrained else without)
    for number, (name, rows) in enumerate(measure(pictures, subject), start=1):
        sys.stderr.write(f"{number}/{len(pictures)} {Path(name).name}\n")
        given.out.write_text(json.dumps(summary(rows, unseen, kin), indent=1) + "\n")
    sys.stdout.write("\n".join(lines(json.loads(given.out.read_text()))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
