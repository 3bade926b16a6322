"""The stand-in's keys, made once, and a check as the command line runs it."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from idgateway.simulator.identity import prepare
from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.run import Plan, check
from runtime.commands.sp_check import _service, add_sp_check
from tests.idgateway.sp_check.service import Setting


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stand-in's keys lie."""
    return prepare(tmp_path_factory.mktemp("sp-check-stand-in"), "http://127.0.0.1:9").parent


@pytest.fixture
def checked() -> Callable[..., Outcome]:
    """Run a check against a setting, with more options of the command line where needed."""

    def run(there: Setting, *arguments: str, **plan: object) -> Outcome:
        parser = argparse.ArgumentParser()
        add_sp_check(parser.add_subparsers())
        options = parser.parse_args(["sp-check", there.url, "--simulator", there.stand_in, *arguments])
        return check(_service(options), Plan(**{"slow": 30.0, **plan}), lambda *_: None)

    return run
