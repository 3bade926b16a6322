"""Puts the shell around an application: blueprint, template globals, and the order of what happens around a request."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from flask.typing import ResponseReturnValue

from runtime.shell import caps, csrf, failures, headers, languages, legal
from runtime.shell.pace import Pace

STATIC = Path(__file__).parent / "static"
_STATIC_AT = "/shell"
_NONE: Mapping[str, str] = MappingProxyType({})


def dress(
    app: Flask,
    *,
    title: str = "",
    town: str = "",
    english: Mapping[str, str] = _NONE,
    demo: bool = False,
    pace: Pace | None = None,
) -> Flask:
    """Give the application its frame and return it.

    ``title`` and ``town`` end every page's title and head every page, e.g. "Postfach – Stadt Viernheim"; the title may
    be a msgid. ``english`` has the English of names and sentences that the configuration gives in German, among them
    the town's; what is missing there stays German and is marked so for screen readers. ``demo`` shows the demo strip
    and lets the legal pages say that nobody real operates this.
    ``pace`` counts requests; without one nobody does.
    """
    shell = Blueprint(
        "shell", __name__, template_folder="templates", static_folder=str(STATIC), static_url_path=_STATIC_AT
    )
    shell.add_url_rule(f"{legal.AT}<any({legal.NAMES}):page>", "legal", legal.show)
    app.register_blueprint(shell)
    # Flask asks of a dozen functions around each request whether they are coroutines. None of ours is.
    app.ensure_sync = _as_it_is  # type: ignore[method-assign, assignment]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        shell_title=title,
        shell_town=town,
        shell_demo=demo,
        static_file=_static_file,
        request_id=headers.request_id,
        csp_nonce=headers.csp_nonce,
        csrf_token=csrf.token,
        legal_links=legal.links,
    )
    headers.install(app)
    languages.install(app, english)
    pace = pace or Pace()
    pace.install(app)
    _surround(app, pace)
    failures.install(app)
    return app


def _surround(app: Flask, pace: Pace) -> None:
    """What happens around every request, in this order. Each step gets request and ``flask.g`` instead of finding them.

    Finding them is a walk through proxies, which took a fifth of what a small request costs.
    """

    def before() -> ResponseReturnValue | None:
        asked, kept = request._get_current_object(), g._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Werkzeug's public name for it
        headers.number(kept)
        languages.choose(asked, kept)
        if (elsewhere := headers.correct_path(asked)) is not None:
            return elsewhere
        pace.count(asked, kept, app)
        caps.check(asked, app)
        csrf.check(asked, app)
        return None

    def after(response: Response) -> Response:
        kept = g._get_current_object()  # noqa: SLF001 - the same
        csrf.remember(response, kept)
        languages.remember(response, kept)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, before)
    app.after_request(after)


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


_VERSIONS = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in STATIC.iterdir()}


def _static_file(name: str) -> str:
    """Address of a static file with a part of its hash, so that browsers may keep it for ever."""
    return f"{request.script_root}{_STATIC_AT}/{name}?v={_VERSIONS[name]}"
