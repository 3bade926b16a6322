"""The authority's web: ``POST /`` answers honestly, ``POST /<fault>`` with that fault. For demo and tests."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from flask import Flask, Response, request

from runtime.demo.stamps.authority import Authority, Fault

REPLY: Final = "application/timestamp-reply"
QUERY: Final = "application/timestamp-query"
_DRIP: Final = 0.05  # seconds between two bytes of a slow answer


def now_utc() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def create_app(authority: Authority, clock: Callable[[], datetime] = now_utc) -> Flask:
    """The authority as a web application."""
    app = Flask(__name__, static_folder=None)

    @app.get("/healthz")
    def healthy() -> Response:
        return Response("alive", content_type="text/plain")

    @app.post("/", defaults={"fault": ""})
    @app.post("/<fault>")
    def stamp(fault: str) -> Response:
        if request.mimetype != QUERY or fault not in [one.value for one in Fault]:
            return Response(status=415 if request.mimetype != QUERY else 404)
        if fault == Fault.BUSY:
            return Response(status=503)
        answer = authority.answer(request.get_data(), clock(), Fault(fault))
        return Response(_dripping(answer) if fault == Fault.SLOW else answer, content_type=REPLY)

    return app


def _dripping(answer: bytes) -> Iterator[bytes]:
    for byte in answer:
        time.sleep(_DRIP)
        yield bytes([byte])
