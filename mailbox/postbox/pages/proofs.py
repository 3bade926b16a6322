"""What leaves as a file: documents and proof bundles, always as attachments and never rendered in our origin."""

from collections.abc import Iterable

from flask import Response
from werkzeug.http import dump_options_header

ZIP = "application/zip"


def download(content: bytes, notice_id: str) -> Response:
    """A proof bundle as a file."""
    return attachment([content], name=f"nachweis-{notice_id}.zip", media_type=ZIP, size=len(content))


def summary(content: bytes, notice_id: str) -> Response:
    """The proof in words as a file."""
    return attachment([content], name=f"nachweis-{notice_id}.pdf", media_type="application/pdf", size=len(content))


def cover(content: bytes, notice_id: str) -> Response:
    """A cover sheet for a printed copy as a file."""
    return attachment([content], name=f"deckblatt-{notice_id}.pdf", media_type="application/pdf", size=len(content))


def attachment(content: Iterable[bytes], *, name: str, media_type: str, size: int) -> Response:
    """Bytes as a file to save."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Length"] = str(size)
    # RFC 6266 4.3: the plain name for old readers, the UTF-8 one for all others.
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    # Precisions of the house: what people send is never run where they are logged in.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
