"""Options that several commands share."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]

VARIABLE = "IDGATEWAY_CONFIG"
HOUSES = ("gate", "postbox")


def add_config(parser: argparse.ArgumentParser) -> None:
    """``--config FILE``; without it the environment's, else ``config.toml`` here."""
    default = Path(os.environ.get(VARIABLE, "config.toml"))
    parser.add_argument("--config", type=Path, default=default, metavar="FILE", help="configuration (%(default)s)")


def add_only(parser: argparse.ArgumentParser) -> None:
    """``--only gate|postbox``."""
    parser.add_argument("--only", choices=HOUSES, help="one house alone")


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json`` and ``--language``, for commands that answer in sentences."""
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--language", choices=("de", "en"), default="de", help="of the sentences (%(default)s)")
