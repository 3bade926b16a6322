"""``idgateway …``: the one command line. Each command lives in ``runtime.commands`` and loads what it needs itself.

Exit codes: 0 good; 1 looked at and found wrong; 2 could not be done, the reason stands on standard error.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from runtime.commands import COMMANDS
from runtime.errors import FrontDoorError

INTERRUPTED = 130  # as shells say it: 128 + SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Until a supervisor takes over, being asked to end is the same as Ctrl-C: what was begun is cleaned up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except FrontDoorError as error:
        print(error.cause, file=sys.stderr)
        if error.cure:
            print(error.cure, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader, e.g. `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="idgateway", description="Log citizens in through BundID, and deliver binding notices with proof."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(commands)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
