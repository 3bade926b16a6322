"""Routes for machines that watch: health, readiness, metrics, and the public keys of this postbox."""

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from keys.errors import KeysError
from keys.jwk import public_jwks
from keys.keyring import POSTBOX_PURPOSES, Purpose
from postbox.store.health import answers
from postbox.web import answer_with_problems, current, json_answer

blueprint = Blueprint("postbox_watch", __name__)
answer_with_problems(blueprint)

# What others may need: to encrypt addresses, to verify receipts, checkpoints and this client's assertions.
PUBLIC = (Purpose.ADDRESS_ENCRYPTION, Purpose.CLIENT_AUTHENTICATION, Purpose.RECEIPT_SIGNING, Purpose.LOG_SIGNING)


@blueprint.get("/healthz")
def healthy() -> Response:
    """The process lives and answers; says nothing about what it depends on."""
    return json_answer({"status": "alive"})


@blueprint.get("/readyz")
def ready() -> Response:
    """Whether this process can do its work: the database answers, every purpose has a key."""
    postbox = current()
    findings = {"database": answers(postbox.database), "keys": _keys_complete()}
    ok = all(findings.values())
    return json_answer({"status": "ready" if ok else "not ready", **findings}, 200 if ok else 503)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counters in Prometheus' text form; no label names a person, an authority's case or a notice."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/jwks")
@blueprint.get("/.well-known/jwks.json")
def jwks() -> Response:
    """The public keys of this postbox (RFC 7517): current and still valid ones."""
    postbox = current()
    return json_answer(public_jwks(postbox.keyring, PUBLIC, postbox.clock()))


def _keys_complete() -> bool:
    postbox = current()
    try:
        for purpose in POSTBOX_PURPOSES:
            postbox.keyring.current(purpose, postbox.clock())
    except KeysError:
        return False
    return True
