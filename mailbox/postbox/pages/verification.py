"""The public checks: of a proof, and of a document by its code. Nothing is kept, nobody needs to log in."""

import hashlib
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, g, render_template, request

from postbox.delivery import evidence
from postbox.delivery.vouch import Genuine, vouch
from postbox.pages import failures, views
from postbox.pages.failures import N_
from postbox.proof.report import Report, Status
from postbox.proof.verify import verify
from postbox.web import current

blueprint = Blueprint("verification", __name__, template_folder="../templates")
failures.answer_with_pages(blueprint, home="verification.form", login="citizen.start")
# The badge of each status: the word is a msgid, the kind is KERN's.
_BADGES = {
    Status.OK: ("proven", "success"),
    Status.FAILED: ("failed", "danger"),
    Status.NOT_PROVEN: ("not proven", "info"),
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a document's check came to: msgids, and KERN's kind."""

    kind: str
    title: str
    sentence: str


_VERDICTS = {
    Genuine.VALID: Verdict(
        kind="success",
        title=N_("The document is genuine."),
        sentence=N_("It was sent from here, byte for byte, and was neither withdrawn nor replaced until now."),
    ),
    Genuine.REPLACED: Verdict(
        kind="warning",
        title=N_("The document is genuine, but another one has taken its place."),
        sentence=N_("Ask for the newer document, or ask the authority which one counts."),
    ),
    Genuine.WITHDRAWN: Verdict(
        kind="warning",
        title=N_("The document is genuine, but the authority withdrew it."),
        sentence=N_("Ask the authority what counts now."),
    ),
    Genuine.UNKNOWN: Verdict(
        kind="danger",
        title=N_("Nothing is known of this document."),
        sentence=N_(
            "Code and file do not belong together, or the notice was erased. Check the code, and take the original "
            "file: a scan or a file that was saved anew is another one."
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class StepView:
    """One step of the verification in words."""

    outcome: str
    kind: str
    sentence: str


@blueprint.get("/verify")
def form() -> str:
    """Where to upload, and how to check without us; a document's code may come along from its print."""
    return _page(code=request.args.get("code", ""))


@blueprint.post("/verify")
def check() -> tuple[str, int]:
    """Verify the uploaded bundle against this postbox's own anchors."""
    upload = request.files.get("bundle")
    content = upload.stream.read() if upload else b""
    if not content:
        return _page(error="missing"), 422
    report = verify(content, evidence.anchors(current(), current().clock()), current().clock())
    steps = _steps(report, str(g.get("language", "de")))
    return _page(report, steps), 200


@blueprint.post("/verify/document")
def check_document() -> tuple[str, int]:
    """Whether a document that somebody was shown is genuine: its code and the file itself."""
    upload, code = request.files.get("paper"), request.form.get("code", "")
    content = upload.stream.read() if upload else b""
    if not content or not code.strip():
        return _page(code=code, error="document"), 422
    found = vouch(current(), code, hashlib.sha256(content).digest())
    return _page(code=code, verdict=_VERDICTS[found.genuine], authority=found.authority), 200


@blueprint.get("/anchors.json")
def anchors() -> Response:
    """The public keys by which a proof of this postbox is judged; fetch them over TLS and keep them."""
    response = Response(evidence.anchors(current(), current().clock()).to_json(), content_type="application/json")
    response.headers["Content-Disposition"] = "attachment; filename=anchors.json"
    return response


def _page(report: Report | None = None, steps: tuple[StepView, ...] = (), error: str = "", **document: object) -> str:
    limit = views.size_text(current_app.config["MAX_CONTENT_LENGTH"])
    return render_template("postbox/verify.html", report=report, steps=steps, error=error, limit=limit, **document)


def _steps(report: Report, language: str) -> tuple[StepView, ...]:
    return tuple(
        StepView(
            outcome=_BADGES[step.status][0],
            kind=_BADGES[step.status][1],
            sentence=step.sentence(language),
        )
        for step in report.steps
    )
