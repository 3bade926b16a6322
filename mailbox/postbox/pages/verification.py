"""The public check of a proof: upload, recompute, tell in plain words. Nothing is kept, nobody needs to log in."""

from dataclasses import dataclass, replace

from flask import Blueprint, Response, current_app, g, render_template, request

from postbox.delivery import evidence
from postbox.pages import failures, views
from postbox.proof.anchors import Anchors
from postbox.proof.page import page, page_digest
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
class StepView:
    """One step of the verification in words."""

    outcome: str
    kind: str
    sentence: str


@blueprint.get("/verify")
def form() -> str:
    """Where to upload, and how to check without us."""
    return _page()


@blueprint.post("/verify")
def check() -> tuple[str, int]:
    """Verify the uploaded bundle against this postbox's own anchors."""
    upload = request.files.get("bundle")
    content = upload.stream.read() if upload else b""
    if not content:
        return _page(error="missing"), 422
    report = verify(content, _own_anchors(), current().clock())
    steps = _steps(report, str(g.get("language", "de")))
    return _page(report, steps), 200


@blueprint.get("/anchors.json")
def anchors() -> Response:
    """The public keys by which a proof of this postbox is judged; fetch them over TLS and keep them."""
    response = Response(evidence.anchors(current(), current().clock()).to_json(), content_type="application/json")
    response.headers["Content-Disposition"] = "attachment; filename=anchors.json"
    return response


@blueprint.get("/verify.html")
def offline() -> Response:
    """The verifier as one page to keep: a browser runs it without a network."""
    response = Response(page(), content_type="text/html; charset=utf-8")
    # To be saved and opened from a disk, never run in this origin.
    response.headers["Content-Disposition"] = "attachment; filename=verify.html"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


def _own_anchors() -> Anchors:
    """What this postbox publishes, and the operator's trusted list, by which its time stamps are judged."""
    listed = current().trust.listed
    known = evidence.anchors(current(), current().clock())
    return replace(known, stamping=listed.of_stamps() if listed else None)


def _page(report: Report | None = None, steps: tuple[StepView, ...] = (), error: str = "") -> str:
    limit = views.size_text(current_app.config["MAX_CONTENT_LENGTH"])
    return render_template(
        "postbox/verify.html", report=report, steps=steps, error=error, limit=limit, digest=page_digest()
    )


def _steps(report: Report, language: str) -> tuple[StepView, ...]:
    return tuple(
        StepView(
            outcome=_BADGES[step.status][0],
            kind=_BADGES[step.status][1],
            sentence=step.sentence(language),
        )
        for step in report.steps
    )
