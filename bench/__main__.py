"""`python -m bench` and what to measure: serve, media, timeline, delivery, inbox, absence, gate, faults."""

import argparse
import asyncio
import sys
from typing import Any

from bench import absence, burst, delivery, gate, inbox, media, serve, timeline
from bench.faults import command as faults

Commands = Any  # argparse does not name the type of its sub-commands
EMPTY = "an empty PostgreSQL database instead of SQLite"


def main() -> int:
    """Run one measurement."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    for add in (_serve, _media, _timeline, _delivery, _inbox, _absence, _gate, _faults):
        add(commands)
    chosen = parser.parse_args()
    code: int = chosen.run(chosen)
    return code


def _serve(commands: Commands) -> None:
    command = commands.add_parser("serve", help="answers per second beside a bare route with the same bytes")
    command.add_argument("--seconds", type=float, default=3.0, help="of load for each measurement")
    command.add_argument("--rounds", type=int, default=3, help="each measured so often, in turn")
    command.add_argument("--database-url", default="", help=EMPTY)
    command.set_defaults(
        run=lambda given: asyncio.run(serve.measure(given.seconds, given.rounds, given.database_url))
    )


def _media(commands: Commands) -> None:
    command = commands.add_parser("media", help="a 12-megapixel JPEG from upload to published, or a burst")
    command.add_argument("--burst", type=int, default=0, help="so many smaller pictures at once instead")
    command.add_argument("--kills", type=int, default=0, help="of the worker meanwhile, one every 5 seconds")
    command.set_defaults(run=_run_media)


def _run_media(given: argparse.Namespace) -> int:
    return asyncio.run(burst.measure(given.burst, given.kills) if given.burst else media.measure())


def _timeline(commands: Commands) -> None:
    command = commands.add_parser("timeline", help="a home timeline in databases of growing size")
    sizes = [100_000, 1_000_000]
    command.add_argument("--rows", type=int, nargs="+", default=sizes, help="works, each size in turn")
    command.add_argument("--database-url", default="", help=EMPTY)
    command.set_defaults(run=lambda given: timeline.main(given.rows, given.database_url))


def _delivery(commands: Commands) -> None:
    command = commands.add_parser("delivery", help="one work to many inboxes, beside one core's signing rate")
    command.add_argument("--quick", action="store_true", help="1,000 inboxes on 100 hosts, a tenth of each")
    command.set_defaults(run=lambda given: delivery.main(*((1_000, 100) if given.quick else (10_000, 1_000))))


def _inbox(commands: Commands) -> None:
    command = commands.add_parser("inbox", help="activities of 500 actors, until all are handled")
    command.add_argument("--quick", action="store_true", help="one round of 1,500 instead of three of 4,500")
    command.set_defaults(run=lambda given: inbox.main(500, *((1_500, 1) if given.quick else (4_500, 3))))


def _absence(commands: Commands) -> None:
    command = commands.add_parser("absence", help="whether an answer's time tells a private post from none")
    command.set_defaults(run=lambda _: absence.main())


def _gate(commands: Commands) -> None:
    command = commands.add_parser("gate", help="what the gate adds to a request, beside the same without it")
    command.add_argument("--requests", type=int, default=20_000, help="for each measurement")
    command.add_argument("--rounds", type=int, default=5, help="each measured so often, in turn")
    command.set_defaults(run=lambda given: gate.main(given.requests, given.rounds))


def _faults(commands: Commands) -> None:
    command = commands.add_parser("faults", help="what must hold while processes die, hosts fail, disks fill")
    command.add_argument(
        "--only", nargs="+", default=[], metavar="ROW", help="of tests/threats.csv; else all"
    )
    command.add_argument("--seed", type=int, help="as a run that failed printed it; else another every time")
    command.add_argument("--scale", type=float, default=1.0, help="share of the counts that the rows state")
    command.set_defaults(run=lambda given: faults.main(given.only, given.seed, given.scale))


if __name__ == "__main__":
    sys.exit(main())
