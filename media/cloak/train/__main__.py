"""`python -m media.cloak.train --pictures DIR --encoder NAME=PATH … --eye PATH --out DIR`."""

import argparse
import sys
import time
from pathlib import Path

import torch

from media.cloak.encoders import load
from media.cloak.train.loop import Plan, Training
from media.cloak.train.pictures import Pictures


def named(text: str) -> tuple[str, Path]:
    """NAME=PATH."""
    name, separator, path = text.partition("=")
    if not separator or not Path(path).is_file():
        raise argparse.ArgumentTypeError(f"{text} is not NAME=PATH of a file")
    return name, Path(path)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m media.cloak.train", description=__doc__)
    parser.add_argument("--pictures", type=Path, action="append", required=True, help="a folder of pictures")
    parser.add_argument("--encoder", type=named, action="append", required=True, metavar="NAME=PATH")
    parser.add_argument(
        "--eye", type=Path, required=True, help="weights of shift-tolerant LPIPS with AlexNet"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="where checkpoint, curve and network are kept"
    )
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--size", type=int, default=2, help="pictures in a step, each with two seeds")
    parser.add_argument("--per-step", type=int, default=2, help="encoders asked in a step")
    parser.add_argument("--side", type=int, default=192, help="pixels of a crop, a multiple of 16")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> int:
    """Train, or go on from the checkpoint in the folder."""
    given = arguments()
    torch.set_num_threads(given.threads)
    encoders = {name: load(path).to(memory_format=torch.channels_last) for name, path in given.encoder}
    plan = Plan(given.out, given.steps, given.size, given.per_step, given.seed)
    training = Training(Pictures(given.pictures, given.side), encoders, load(given.eye), plan)
    started, first = time.monotonic(), None
    for step, figures in training.run():
        first = step - 1 if first is None else first
        left = (time.monotonic() - started) / (step - first) * (given.steps - step)
        shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        sys.stdout.write(f"{step}/{given.steps}  {left / 60:.0f} min left  {shown}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
