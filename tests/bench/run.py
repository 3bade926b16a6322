"""``idgateway bench``: measure every row, print the table, the machine and what the figures do not say."""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy
from cryptography.hazmat.backends.openssl import backend

from tests.bench import bundles, evidence, listing, logins, notices, peers, saml, worker
from tests.bench.place import Place, built, file_system
from tests.bench.scale import DEFAULT, FULL, TINY, Scale
from tests.bench.table import Row, rendered

PARTS: dict[str, Callable[[Place, Scale], Iterable[Row]]] = {
    "saml": saml.rows,
    "logins": logins.rows,
    "peers": peers.rows,
    "notices": notices.rows,
    "list": listing.rows,
    "worker": worker.rows,
    "bundles": bundles.rows,
    "log": evidence.rows,
}
CAVEATS = """\
Figures of one machine at one moment: other load on it shows. Floor and ours ran in turns, so the ratio is worth more than
the figure; "CPU" is our own work without waiting for the disk or for other programs. "One core": the process was kept on one
core. Medians after warm-up; a rate counts slow runs too. Disks with a write cache acknowledge sooner than they store.
Nothing here judges: there are no thresholds."""


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Exit code 0: figures are no judgement."""
    options = _parser().parse_args(arguments)
    scale = FULL if options.full else TINY if options.quick else DEFAULT
    began = time.monotonic()
    load = os.getloadavg()[0]
    with built(options.directory) as place:
        print(machine(place.folder), flush=True)
        found = list(measured(place, scale, options.only or tuple(PARTS)))
    print(f"\n{rendered(found)}\n\n{CAVEATS}{busy(load)}\nTook {time.monotonic() - began:.0f} s.")
    return 0


def busy(load: float) -> str:
    """A warning, where others were working on this machine before we began."""
    if load < cores() / 4:
        return ""
    return f"\nThis machine was busy before we began (load {load:.1f}): all times are too long, CPU too. Measure again when it rests."


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measured(place: Place, scale: Scale, parts: Iterable[str]) -> Iterator[Row]:
    """The rows of the chosen parts, one by one; progress goes to standard error."""
    for part in parts:
        print(f"measuring {part} …", file=sys.stderr, flush=True)
        yield from PARTS[part](place, scale)


def machine(folder: Path) -> str:
    """What measured."""
    return (
        f"idgateway bench, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {cores()} cores ({processor()}); "
        f"Python {platform.python_version()}, {backend.openssl_version_text()}, SQLAlchemy {sqlalchemy.__version__}; "
        f"data on {file_system(folder)}"
    )


def processor() -> str:
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="idgateway bench", description="Measure, with the floor of the same run beside it."
    )
    parser.add_argument("--full", action="store_true", help="a store of 1,000,000 notices; takes minutes")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs; the figures mean nothing")
    parser.add_argument("--only", action="append", choices=tuple(PARTS), help="this part only; may be repeated")
    parser.add_argument("--directory", type=Path, help="where the data go; take the disk you mean to run on")
    return parser
