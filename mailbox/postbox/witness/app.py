"""The witness's web: submissions, its public key, and what it saw last; open to everybody, no secret passes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from keys.custody import FileCustody
from keys.keyring import Purpose
from postbox.errors import EvidenceInvalid, NotFound, PostboxError
from postbox.proof.notes import read_verifier_key
from postbox.witness.memory import Memory
from postbox.witness.settings import WitnessSettings
from postbox.witness.watching import Forked, NotSigned, OtherSize, UnknownLog, Witness, add_checkpoint

_MOST_BYTES: Final = 64 * 1024
_STATUS: Final = {UnknownLog: 404, NotFound: 404, NotSigned: 403, OtherSize: 409, Forked: 422, EvidenceInvalid: 400}


def utc_now() -> datetime:
    """The clock of a running service: aware, in UTC."""
    return datetime.now(UTC)


def build(settings: WitnessSettings, now: datetime) -> Witness:
    """The witness with its key, made where it is missing. Raises KeysError, EvidenceInvalid."""
    ring = FileCustody(settings.directory / "keys").ensure((Purpose.WITNESS_SIGNING,), now)
    return Witness(
        name=settings.name,
        key=ring.current(Purpose.WITNESS_SIGNING, now),
        logs={read_verifier_key(log)[0]: log for log in settings.logs},
        memory=Memory(settings.directory / "seen"),
    )


def create_app(witness: Witness, clock: Callable[[], datetime] = utc_now) -> Flask:
    """The WSGI application."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MOST_BYTES

    @app.post("/add-checkpoint")
    def add() -> Response:
        return _text(add_checkpoint(witness, request.get_data(), clock()))

    @app.get("/")
    @app.get("/key")
    def key() -> Response:
        return _text(f"{witness.verifier_key}\n")

    @app.get("/seen/<path:origin>")
    def seen(origin: str) -> Response:
        if not (note := witness.memory.seen(origin)):
            raise NotFound("Nothing was signed of that log.")
        return _text(note)

    @app.get("/healthz")
    def healthy() -> Response:
        return _text("alive\n")

    @app.errorhandler(PostboxError)
    def refused(error: PostboxError) -> Response:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        if isinstance(error, OtherSize):
            return Response(f"{error.size}\n", status=status, content_type="text/x.tlog.size")
        return _text(f"{error.code}: {error.detail}\n", status)

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> Response:
        return _text("too-large\n", 413)

    return app


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status=status, content_type="text/plain; charset=utf-8")
