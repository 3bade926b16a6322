"""Routes of the transparency log, open to everyone: checkpoints, proofs, and the keys that verify them."""

from flask import Blueprint, Response, request

from postbox.delivery import evidence, log
from postbox.errors import Problem, Unacceptable
from postbox.proof.canonical import text_of
from postbox.web import answer_with_problems, current, json_answer

blueprint = Blueprint("postbox_log", __name__, url_prefix="/log")
answer_with_problems(blueprint)
_LARGEST = 10**15


@blueprint.get("/checkpoint")
def checkpoint() -> Response:
    """The newest signed note (C2SP)."""
    return Response(log.last_checkpoint(current()), content_type="text/plain; charset=utf-8")


@blueprint.get("/proof")
def proof() -> Response:
    """``?index=…&size=…``: the path from a leaf to the root at that size (RFC 9162 2.1.3)."""
    index, size = _number("index"), _number("size")
    path = log.inclusion_path(current(), index, size)
    return json_answer({"index": index, "size": size, "path": [text_of(node) for node in path]})


@blueprint.get("/consistency")
def consistency() -> Response:
    """``?old=…&new=…``: that the longer log continues the shorter one (RFC 9162 2.1.4)."""
    old, new = _number("old"), _number("new")
    path = log.consistency_path(current(), old, new)
    return json_answer({"old": old, "new": new, "path": [text_of(node) for node in path]})


@blueprint.get("/heads")
def heads() -> Response:
    """The last signed state of each of the last days with what outsiders attest of it, for witnesses who only read."""
    return json_answer({"heads": log.daily_heads(current(), current().clock())})


@blueprint.get("/keys")
def keys() -> Response:
    """The trust anchors of this postbox, to be kept by those who verify."""
    content = evidence.anchors(current(), current().clock()).to_json()
    return Response(content, content_type="application/json")


def _number(name: str) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and int(text) < _LARGEST):
        raise Unacceptable([Problem(code="number-needed", pointer=f"/{name}", sentence=f"{name} is a number.")])
    return int(text)
