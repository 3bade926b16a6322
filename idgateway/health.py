"""For those who watch over the gate: alive, ready, and what it counted. No personal data, no secrets."""

from flask import Blueprint, Response, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from idgateway.expiry import days_left
from idgateway.gate import Gate
from idgateway.telemetry import Telemetry
from keys.errors import KeysError
from keys.keyring import GATE_PURPOSES

watch = Blueprint("gate-health", __name__)


@watch.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@watch.get("/readyz")
def ready() -> tuple[dict[str, str], int]:
    """The database answers and every key that is needed is there."""
    gate: Gate = current_app.extensions["gate"]
    try:
        with gate.database.read() as connection:
            connection.execute(text("SELECT 1"))
        for purpose in GATE_PURPOSES:
            gate.keyring.current(purpose, gate.clock())
    except (SQLAlchemyError, KeysError) as error:
        return {"status": "not ready", "cause": type(error).__name__}, 503
    return {"status": "ready"}, 200


@watch.get("/metrics")
def metrics() -> Response:
    """Counters for Prometheus, and how many days what we depend on still lasts."""
    gate: Gate = current_app.extensions["gate"]
    telemetry: Telemetry = current_app.extensions["gate.telemetry"]
    current_app.extensions["gate.follower"].follow(gate.clock())
    for kind, name, days in days_left(gate, gate.clock()):
        telemetry.note_days_left(kind, name, days)
    return Response(telemetry.metrics(), mimetype="text/plain; version=0.0.4")
