"""Third parties ask whether a document that lies before them was delivered here and still stands; nobody logs in.

Four words, and nothing of the content: whoever guesses a code or a document learns nothing from the answer.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, current_app, render_template, request

from postbox.delivery.inquire import Validity, inquire
from postbox.identifiers import read_code
from postbox.pages import failures, views
from postbox.pages.failures import N_
from postbox.web import current
from postbox.writing.verification import PATH

blueprint = Blueprint("inquiry", __name__, template_folder="../templates")
failures.answer_with_pages(blueprint, home="inquiry.form", login="citizen.start")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
# Title and text of each answer, and the kind of KERN's alert.
_ANSWERS: Final = {
    Validity.VALID: (
        "success",
        N_("This document was delivered here, and it still stands."),
        N_("It is byte for byte the one that the authority sent. Whether it can still be objected to is not said."),
    ),
    Validity.WITHDRAWN: (
        "warning",
        N_("This document was delivered here, and then withdrawn."),
        N_("Ask its holder or the authority what counts now."),
    ),
    Validity.REPLACED: (
        "warning",
        N_("This document was delivered here, and another one has taken its place."),
        N_("Ask its holder for the newer one."),
    ),
    Validity.UNKNOWN: (
        "danger",
        N_("Nothing can be said about this document."),
        N_("Code and document do not belong together, or nothing is known here (any more). Check both and try again."),
    ),
}


@dataclass(frozen=True, kw_only=True)
class AnswerView:
    """An answer in words; title and text are msgids."""

    kind: str
    title: str
    text: str


@blueprint.get(PATH)
def form() -> str:
    """Where code and document are entered; a QR code brings the code in the fragment, which never comes here."""
    return _page("")


@blueprint.post(PATH)
def ask() -> tuple[str, int]:
    """One of four words about the document and the code."""
    code, digest = request.form.get("code", ""), _digest()
    wrong = {} if read_code(code) else {"code": "code"}
    wrong |= {} if digest else {"document": "document"}
    if wrong or digest is None:
        return _page(code, wrong=wrong), 422
    kind, title, text = _ANSWERS[inquire(current(), code, digest)]
    return _page(code, answer=AnswerView(kind=kind, title=title, text=text)), 200


def _digest() -> bytes | None:
    """SHA-256 of the document that was chosen, or the one that was typed; None without either."""
    upload = request.files.get("document")
    if upload and (content := upload.stream.read()):
        return hashlib.sha256(content).digest()
    typed = re.sub(r"\s", "", request.form.get("sha256", "")[:200]).lower()
    return bytes.fromhex(typed) if _DIGEST.fullmatch(typed) else None


def _page(code: str, *, answer: AnswerView | None = None, wrong: dict[str, str] | None = None) -> str:
    limit = views.size_text(current_app.config["MAX_CONTENT_LENGTH"])
    return render_template("postbox/inquiry.html", code=code[:60], answer=answer, wrong=wrong or {}, limit=limit)
