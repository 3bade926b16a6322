"""The log: closed lists, JSON, and no text of others."""

import json
import logging
import re
import warnings
from pathlib import Path

import flask
import pytest

from runtime import logs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lines(capsys):
    """Everything logged since, as objects."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("gate")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = before[0], before[1]


def test_a_listed_event_is_one_line_of_json(lines):
    """Event, time, house, level and listed fields stand in it."""
    logs.log.info("login-completed", provider="bundid", assurance="substantial")
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line.pop("at"))
    assert line == {
        "event": "login-completed",
        "house": "gate",
        "level": "info",
        "provider": "bundid",
        "assurance": "substantial",
    }


def test_unlisted_fields_and_events_are_not_written(lines):
    """Neither an unknown field nor an unknown event can carry a person's data into the log."""
    logs.log.info("login-completed", name="Erika Mustermann", provider="bundid")
    logs.log.info("Erika Mustermann logged in", provider="bundid")
    first, second = lines()
    assert "name" not in first
    assert first["provider"] == "bundid"
    assert second["event"] == "unlisted-event"
    assert "Erika" not in json.dumps([first, second])


def test_foreign_messages_keep_their_place_and_lose_their_text(lines):
    """A library's warning or exception names logger, place and kind, never what it says."""
    try:
        int("erika@example.org")
    except ValueError:
        logging.getLogger("sqlalchemy.pool").exception("lost erika@example.org")
    logging.getLogger("some.library").warning("hello erika@example.org")
    first, second = lines()
    assert first["error"] == "builtins.ValueError"
    assert first["logger"] == "sqlalchemy.pool"
    assert "test_logs.py" in first["where"][-1]
    assert second["event"] == "library-message"
    assert "erika" not in json.dumps([first, second])


def test_warnings_are_logged_without_their_text(lines):
    """Python's warnings go the same way."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("about erika@example.org", UserWarning, stacklevel=1)
    (line,) = lines()
    assert line["logger"] == "py.warnings"
    assert "erika" not in json.dumps(line)


def test_an_unexpected_fault_in_a_request_carries_the_error_number(lines):
    """The number on the error page finds the line in the log; the address asked for is not in it."""
    app = flask.Flask("tiny")

    @app.get("/person/<name>")
    def fail(name):
        flask.g.request_id = "E-123"
        raise RuntimeError(name)

    assert app.test_client().get("/person/erika").status_code == 500
    (line,) = lines()
    assert (line["event"], line["error_id"], line["error"]) == ("request-failed", "E-123", "builtins.RuntimeError")
    assert "erika" not in json.dumps(line)


def test_every_event_the_houses_log_is_listed():
    """No house logs an event or field that would be dropped."""
    call = re.compile(r"\blog\.(?:info|warning|error)\(\s*\"([^\"]+)\"((?:[^()]|\([^()]*\))*)\)")
    found = 0
    for folder in ("runtime", "idgateway", "mailbox", "keys"):
        for path in (ROOT / folder).rglob("*.py"):
            for event, rest in call.findall(path.read_text(encoding="utf-8")):
                found += 1
                assert event in logs.EVENTS, f"{path}: {event}"
                assert set(re.findall(r"\b(\w+)=", rest)) <= logs.FIELDS, f"{path}: {rest}"
    assert found >= 3


def test_the_log_goes_into_a_file_where_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd):
    """With IDGATEWAY_LOG the terminal stays for people; without it the line is on standard error."""
    path = tmp_path / "log.jsonl"
    logs.configure("gate")
    logs.log.info("house-started")
    assert "house-started" in capfd.readouterr().err
    monkeypatch.setenv("IDGATEWAY_LOG", str(path))
    logs.log.info("worker-started")
    assert capfd.readouterr().err == ""
    assert json.loads(path.read_text(encoding="utf-8"))["event"] == "worker-started"
