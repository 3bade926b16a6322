"""Leads ``idgateway bench`` to the benchmarks, which live with the tests and are not part of an installation."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from runtime.errors import PartMissing

SOURCES = Path(__file__).parents[1]


def main(arguments: Sequence[str]) -> int:
    """Measure and print the table. Raises PartMissing outside the source tree."""
    if not (SOURCES / "tests" / "bench" / "run.py").is_file():
        cure = "Clone the repository and run `make bench` there."
        raise PartMissing("The benchmarks are not installed: they live in the source tree, in tests/bench.", cure)
    for folder in (SOURCES, SOURCES / "mailbox"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    return int(import_module("tests.bench.run").main(arguments))
