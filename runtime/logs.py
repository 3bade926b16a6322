"""The log: one line of JSON per event on standard error. Event names and field names are closed lists.

What is not on the lists is not written, so that no person's name, mail, handle or SAML text can get in by an oversight.
Foreign libraries' messages may hold such data (a database error quotes its parameters): of them only the place in the
code and the kind of error are kept.
"""

import contextlib
import json
import logging
import os
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import structlog

from idgateway.telemetry import Event
from postbox.journal import Happened

# The front door's own; each house brings its closed list.
_OWN = frozenset(
    {
        "house-started",
        "worker-started",
        "worker-stopped",
        "worker-failed",
        "library-message",
        "unlisted-event",
    }
)
EVENTS = _OWN | {str(event) for event in Event} | {str(happened) for happened in Happened}
FIELDS = frozenset(
    {
        "house",
        "level",
        "code",  # an error's stable code
        "error_id",  # the number people see on the error page
        "status",  # HTTP
        "client_id",  # of an application, never of a person
        "request_id",  # the same number, in the log of what went well
        "kind",  # of a job
        "events",  # how many
        "detail",  # an English sentence of our own about a fault
        "authority",  # ARS
        "provider",
        "assurance",
        "notice",
        "job",
        "count",
        "attempt",
        "seconds",
        "error",  # class of an exception
        "where",  # file:line of the frames
        "logger",
    }
)
VARIABLE = "IDGATEWAY_LOG"
FRAMES = 6  # the innermost ones, where the fault is

log = structlog.get_logger()


def configure(house: str) -> None:
    """Send structlog's events and everything logged by libraries (warnings and above) to standard error."""
    structlog.configure(
        processors=[_of(house), structlog.processors.add_log_level, closed, _stamp, _line],
        logger_factory=lambda *_names: Lines(),
    )
    handler = Foreign()
    handler.setFormatter(PlaceOnly(house))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)


def _of(house: str) -> structlog.typing.Processor:
    """Names the house in every line, whichever thread writes it."""

    def name(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**event, "house": house}

    return name


class Lines:
    """Writes finished lines to the file that ``IDGATEWAY_LOG`` names, otherwise to what standard error is now."""

    def msg(self, line: str) -> None:
        """One line, at once. Several processes may share the file: appending a line is whole or not at all."""
        if path := os.environ.get(VARIABLE):
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                os.write(file, f"{line}\n".encode(errors="backslashreplace"))
            finally:
                os.close(file)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201 this is the log

    debug = info = warning = error = critical = msg


class Foreign(logging.Handler):
    """Takes what libraries log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it as one line; a fault in doing so says nothing, for the record may hold a person's data."""
        with contextlib.suppress(OSError, ValueError):
            Lines().msg(self.format(record))


def closed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep what is on the lists; an event that is not becomes ``unlisted-event``, its fields are dropped."""
    if event.get("event") not in EVENTS:
        return {"event": "unlisted-event", "level": "error", "house": event.get("house")}
    return {key: value for key, value in event.items() if key in FIELDS or key == "event"}


def places(error: BaseException) -> dict[str, Any]:
    """An exception as two fields: its class and where it came from, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    where = [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}" for frame in frames]
    return {"error": f"{type(error).__module__}.{type(error).__qualname__}", "where": where}


class PlaceOnly(logging.Formatter):
    """Formats foreign messages without their text."""

    def __init__(self, house: str) -> None:
        """Remember whose process this is."""
        super().__init__()
        self._house = house

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON: logger, level, place, and the class of the exception where there is one."""
        entry: dict[str, Any] = {
            "event": "request-failed" if record.exc_info and flask.has_request_context() else "library-message",
            "level": record.levelname.lower(),
            "house": self._house,
            "logger": record.name,
            "where": [f"{'/'.join(Path(record.pathname).parts[-3:])}:{record.lineno}"],
        }
        if record.exc_info and record.exc_info[1]:
            entry |= places(record.exc_info[1])
        if flask.has_request_context():
            entry["error_id"] = flask.g.get("request_id")
        return _line(None, "", _stamp(None, "", entry))


def _stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **event}


def _line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)
