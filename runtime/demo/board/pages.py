"""The board's pages: the story, the caught mails, the flipping machine."""

import io

from flask import Blueprint, abort, current_app, render_template, request, send_file
from werkzeug.wrappers import Response

from runtime.demo.board import mails
from runtime.demo.board.flip import NoBundle, flip
from runtime.demo.board.story import STEPS, address
from runtime.demo.town.routes import EXTENSION
from runtime.demo.town.settings import TownSettings

blueprint = Blueprint("board", __name__)


def _settings() -> TownSettings:
    found: TownSettings = current_app.extensions[EXTENSION].settings
    return found


@blueprint.get("/")
def story() -> str:
    """Ten steps, each a link and what it proves."""
    settings = _settings()
    places = {"town": "", "simulator": settings.simulator_url, "postbox": settings.postbox_url}
    steps = [(step, address(step, places)) for step in STEPS]
    return render_template("board/story.html", steps=steps, settings=settings)


@blueprint.get("/healthz")
def healthz() -> str:
    """Whether this process answers."""
    return "ok\n"


@blueprint.get("/mail")
def mail_list() -> str:
    """What the mail catcher caught, newest first."""
    return render_template("board/mails.html", mails=mails.newest_first(_settings().mail_directory))


@blueprint.get("/mail/<name>")
def mail(name: str) -> str:
    """One caught message."""
    found = mails.one(_settings().mail_directory, name)
    if found is None:
        abort(404)
    return render_template("board/mail.html", mail=found)


@blueprint.get("/kippen")
def flipping() -> str:
    """Where a bundle is handed in."""
    return render_template("board/flip.html", error="")


@blueprint.post("/kippen")
def flipped() -> Response | tuple[str, int]:
    """The bundle back, one byte of one document changed."""
    sent = request.files.get("bundle")
    try:
        copy, _ = flip(sent.read() if sent else b"")
    except NoBundle:
        return render_template("board/flip.html", error="no bundle"), 400
    name = "nachweis-gekippt.zip"
    return send_file(io.BytesIO(copy), mimetype="application/zip", as_attachment=True, download_name=name)
