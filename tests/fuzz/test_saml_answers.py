"""A short run of the coverage-guided fuzzer over the gate's SAML answers; ``saml_answers.py`` runs as long as you like."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TARGET = Path(__file__).with_name("saml_answers.py")
SECONDS = 6


@pytest.fixture
def atheris() -> None:
    """Skips with the reason where atheris has no build for this machine (CI=true: fails)."""
    if importlib.util.find_spec("atheris") is None:
        reason = "atheris is not installed: it has builds for Linux on x86-64 only"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@pytest.mark.usefixtures("atheris")
def test_no_mutated_answer_is_believed_and_nothing_but_our_errors_escapes(tmp_path):
    """Six seconds of mutations that follow the reader's branches: hundreds of answers, no crash, no stranger logged in."""
    options = [f"-max_total_time={SECONDS}", "-print_final_stats=1", f"-artifact_prefix={tmp_path}/crash-"]
    (tmp_path / "corpus").mkdir()
    ran = subprocess.run(
        [sys.executable, str(TARGET), *options, str(tmp_path / "corpus")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert not list(tmp_path.glob("crash-*"))
    # It ran, and it followed branches: more than the seeds alone would show.
    assert int(re.search(r"number_of_executed_units: (\d+)", ran.stderr)[1]) > 300
    coverage = [int(number) for number in re.findall(r"cov: (\d+)", ran.stderr)]
    assert coverage[-1] > 200
    assert re.search(r"new_units_added:\s+[1-9]", ran.stderr)
