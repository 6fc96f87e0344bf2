"""`python -m bench` and what to measure: serve, media, timeline, delivery, inbox, absence, faults."""

import argparse
import asyncio
import sys

from bench import absence, delivery, inbox, media, serve, timeline
from bench.faults import command as faults


def main() -> int:
    """Run one measurement."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    command = commands.add_parser("serve", help="answers per second beside a bare route with the same bytes")
    command.add_argument("--seconds", type=float, default=3.0, help="of load for each measurement")
    command.add_argument("--rounds", type=int, default=3, help="each measured so often, in turn")
    command.add_argument("--database-url", default="", help="an empty PostgreSQL database instead of SQLite")
    commands.add_parser("media", help="a 12-megapixel JPEG from upload to published")
    command = commands.add_parser("timeline", help="a home timeline in databases of growing size")
    command.add_argument(
        "--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="works, each size in turn"
    )
    command.add_argument("--database-url", default="", help="an empty PostgreSQL database instead of SQLite")
    command = commands.add_parser(
        "delivery", help="one work to many inboxes, beside the signing rate of one core"
    )
    command.add_argument(
        "--quick", action="store_true", help="1,000 inboxes on 100 hosts instead of ten times that"
    )
    command = commands.add_parser("inbox", help="activities of 500 actors, until all are handled")
    command.add_argument("--quick", action="store_true", help="one round of 1,500 instead of three of 4,500")
    commands.add_parser("absence", help="whether the time of an answer tells a private post from none")
    command = commands.add_parser("faults", help="what must hold while processes die, hosts fail, disks fill")
    command.add_argument(
        "--only", nargs="+", default=[], metavar="ROW", help="rows of tests/threats.csv; all if not given"
    )
    command.add_argument(
        "--seed", type=int, help="as a run that failed printed it; another every time if not given"
    )
    command.add_argument("--scale", type=float, default=1.0, help="share of the counts that the rows state")
    chosen = parser.parse_args()
    if chosen.what == "serve":
        return asyncio.run(serve.measure(chosen.seconds, chosen.rounds, chosen.database_url))
    if chosen.what == "timeline":
        return timeline.main(chosen.rows, chosen.database_url)
    if chosen.what == "absence":
        return absence.main()
    if chosen.what == "faults":
        return faults.main(chosen.only, chosen.seed, chosen.scale)
    if chosen.what == "delivery":
        return delivery.main(*((1_000, 100) if chosen.quick else (10_000, 1_000)))
    if chosen.what == "inbox":
        return inbox.main(500, *((1_500, 1) if chosen.quick else (4_500, 3)))
    return asyncio.run(media.measure())


if __name__ == "__main__":
    sys.exit(main())
