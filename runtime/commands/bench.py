"""``bench``: the table of figures, each with the floor measured in the same run."""

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.commands.options import Commands


def add_bench(commands: "Commands") -> None:
    """Declare ``bench``."""
    # Another prefix character: argparse would claim a first "--full" for itself, but all options are the benchmarks'.
    help_line = "measure, with the floor of the same run beside it"
    parser = commands.add_parser("bench", help=help_line, add_help=False, prefix_chars="\0")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help="handed on")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Hand over to ``runtime.bench.main(arguments)``."""
    return int(import_module("runtime.bench").main(options.rest))
