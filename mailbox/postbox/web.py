"""What all routes share: the postbox behind the current request, uploads that never touch a disk, problem documents."""

import secrets
from io import BytesIO
from typing import IO, Any, cast

from flask import Blueprint, Request, Response, current_app, g, json, request
from werkzeug.exceptions import HTTPException

from postbox import faces
from postbox.context import Postbox
from postbox.errors import PostboxError

EXTENSION = "postbox"


class MemoryRequest(Request):
    """A request whose uploads stay in memory: the framework's temporary files would lie on the disk unsealed."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - the framework's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return BytesIO()


def current() -> Postbox:
    """The postbox that answers the current request."""
    return cast(Postbox, current_app.extensions[EXTENSION])


def request_id() -> str:
    """The id under which the log knows this request; the shell sets it, without a shell we make one."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def problem(face: faces.Face) -> Response:
    """A face as problem document (RFC 9457)."""
    body = json.dumps(face.problem(instance=request.path, request_id=request_id()))
    return Response(body, status=face.status, content_type=faces.PROBLEM_TYPE, headers=dict(face.headers))


def answer_with_problems(blueprint: Blueprint) -> None:
    """Every error raised inside this blueprint becomes a problem document, never a page."""

    def refused(error: Exception) -> Response:
        if isinstance(error, PostboxError):
            return problem(faces.face_of(error))
        status = error.code if isinstance(error, HTTPException) and error.code else 500
        return problem(faces.face_of_status(status))

    blueprint.register_error_handler(PostboxError, refused)
    blueprint.register_error_handler(HTTPException, refused)


def json_answer(content: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer that no cache keeps."""
    response = Response(json.dumps(content), status=status, content_type="application/json")
    response.headers.update({"Cache-Control": "no-store", **headers})
    return response
