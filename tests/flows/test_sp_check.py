"""``idgateway sp-check`` run against our own gate, as a newcomer runs it against his service."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from idgateway.simulator.catalogue import ACCEPT, BROKEN, REFUSE
from tests.flows.conftest import Demo

AGREED = ("--press-after", "Weiter zum Dienst")
pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def sp_check(demo: Demo, *arguments: str) -> subprocess.CompletedProcess:
    """The command in a process of its own."""
    url = f"{demo.town}/urkunde/anmelden"
    command = [sys.executable, "-m", "runtime.cli", "sp-check", url, "--simulator", demo.stand_in, *AGREED, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)


def test_our_gate_refuses_the_whole_catalogue_and_accepts_what_only_looks_odd(demo: Demo, tmp_path: Path) -> None:
    """Every entry tried, every broken one refused, every odd one accepted; text, JSON and JUnit say the same."""
    files = {kind: tmp_path / f"report.{kind}" for kind in ("json", "junit", "html")}
    options = [part for kind, path in files.items() for part in (f"--{kind}", str(path))]
    # Four logins side by side, and patience: a test machine may be busy with other things.
    done = sp_check(demo, "--language", "en", "--jobs", "4", "--slow", "15", "--timeout", "60", *options)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(files["json"].read_text(encoding="utf-8"))
    answers = {one["name"]: one for one in told["answers"]}
    assert set(BROKEN) <= set(answers)
    assert {one["verdict"] for one in answers.values() if one["expectation"] == ACCEPT} <= {"accepted", "skipped"}
    assert {one["verdict"] for one in answers.values() if one["expectation"] == REFUSE} <= {"refused", "skipped"}
    assert sum(one["verdict"] == "skipped" for one in answers.values()) < 5
    assert told["findings"] == []
    assert told["honest_logins"] >= 2 + len(told["counts"])
    suites = etree.parse(files["junit"]).getroot()
    assert (int(suites.get("tests")), suites.get("failures"), suites.get("errors")) == (len(answers), "0", "0")
    assert "No findings." in done.stdout
    assert "MUSTERMANN" not in "".join(path.read_text(encoding="utf-8").upper() for path in files.values())


def test_without_a_stand_in_it_says_how_to_start_one(demo: Demo) -> None:
    """Exit code 2, one sentence, the command."""
    url = f"{demo.town}/urkunde/anmelden"
    command = [sys.executable, "-m", "runtime.cli", "sp-check", url, "--simulator", demo.town]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "is not our stand-in" in done.stderr
    assert "idgateway simulator" in done.stderr


def test_a_page_that_begins_no_login_is_told_what_could_be_pressed(demo: Demo) -> None:
    """The start page has a button: without ``--press`` its words are named, with it the check runs."""
    start = [sys.executable, "-m", "runtime.cli", "sp-check", f"{demo.town}/urkunde", "--simulator", demo.stand_in]
    lost = subprocess.run(start, capture_output=True, text=True, timeout=60, check=False)
    assert lost.returncode == 2
    assert "--press" in lost.stderr
    assert "Mit BundID anmelden" in lost.stderr
    pressed = [*start, "--press", "Mit BundID anmelden", *AGREED, "--only", "wrong-audience"]
    done = subprocess.run(pressed, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 von 1 falschen Antworten abgelehnt" in done.stdout
