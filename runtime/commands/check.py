"""``check``: what is right, doubtful or wrong about this installation, each with its cure."""

import argparse
import dataclasses
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runtime.commands.options import add_config

if TYPE_CHECKING:
    from runtime.commands.options import Commands
    from runtime.findings import Finding

SIGNS = {"good": "ok     ", "warning": "WARNING", "wrong": "WRONG  "}


def add_check(commands: "Commands") -> None:
    """Declare ``check``."""
    parser = commands.add_parser("check", help="look at configuration, keys, certificates, databases and clock")
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print every finding; 1 when something is wrong."""
    from runtime.inspection.tour import inspect
    from runtime.settings import load

    findings = list(inspect(load(options.config), datetime.now(UTC)))
    if options.json:
        print(json.dumps([dataclasses.asdict(found) for found in findings], ensure_ascii=False, indent=2))
    else:
        for found in findings:
            _show(found)
    return int(any(found.verdict == "wrong" for found in findings))


def _show(found: "Finding") -> None:
    print(f"{SIGNS[found.verdict]}  {found.subject}: {found.cause}")
    if found.cure:
        print(f"{'':9}{found.cure}")
