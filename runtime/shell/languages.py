"""German and English. Texts in templates are English msgids; German comes from ``de.po`` files and is the default.

``?lang=de|en`` sets the cookie ``lang``. The cookie holds nothing but the two letters and is shared by all applications
on this host, so that a person chooses once (``flask.g.language_chosen``). Until then the browser's
Accept-Language counts. ``|day`` and ``|moment`` write dates in the legal time zone, Europe/Berlin.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from runtime.shell.rooms import room_of

BERLIN = ZoneInfo("Europe/Berlin")
LANGUAGES = (("de", "Deutsch"), ("en", "English"))
_ORDER = tuple(code for code, _ in LANGUAGES)
_CODES = frozenset(_ORDER)
_COOKIE = "lang"
_OWN = Path(__file__).parent / "translations"


def install(app: Flask) -> None:
    """Read the catalogues of the shell and of the application's house, and give both to the templates."""
    german = {**catalogue(_OWN / "de.po"), **catalogue(room_of(app).translations / "de.po")}

    def translate(msgid: str, **values: object) -> str:
        text = german.get(msgid, msgid) if language() == "de" else msgid
        return text % values if values else text

    app.jinja_env.globals.update(
        _=translate, language=language, languages=lambda: LANGUAGES, language_link=language_link
    )
    app.jinja_env.filters.update(day=day, moment=moment)
    app.before_request_funcs.setdefault(None, []).insert(0, _choose)
    app.after_request(_remember)


@cache
def catalogue(path: Path) -> Mapping[str, str]:
    """The translated texts of a ``.po`` file, read once; a room without one has none. Raises PoFileError."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        messages = read_po(file, locale="de", abort_invalid=True)
    return {str(one.id): str(one.string) for one in messages if one.id and one.string and not one.fuzzy}


def language() -> str:
    """``de`` or ``en``: the language of this answer. German is the language of the authority (§ 23 VwVfG)."""
    return str(g.get("language", "de"))


def language_link(code: str) -> str:
    """This page in another language. No form is sent twice for it.

    The answer to a form leads to where its view says that the same can be read (``flask.g.page_address``), or to the
    nearest address above it that can be asked for: the page of the form.
    """
    if "page_address" in g:
        path, _, query = str(g.page_address).partition("?")
        return f"{path}?{urlencode([*parse_qsl(query), (_COOKIE, code)])}"
    # One slash at the beginning: two would be the address of another host.
    path = "/" + request.path.lstrip("/") if request.method == "GET" else _nearest(request.path)
    kept = request.args.to_dict(flat=False) if path == request.path else {}
    return f"{quote(path)}?{urlencode({**kept, _COOKIE: [code]}, doseq=True)}"


def _nearest(path: str) -> str:
    adapter = current_app.create_url_adapter(request)
    while request.endpoint and adapter and path.strip("/"):
        try:
            adapter.match(path, method="GET")
        except HTTPException:
            path = path.rpartition("/")[0]
        else:
            return path
    return "/"


def day(value: date | datetime) -> str:
    """``24. November 2026`` or ``24 November 2026``; an instant becomes its day in Berlin."""
    return format_date(_in_berlin(value), format="d. MMMM y" if language() == "de" else "d MMMM y", locale=language())


def moment(value: datetime) -> str:
    """``24. November 2026, 14:02 Uhr`` or ``24 November 2026, 14:02``, Berlin time."""
    pattern = "d. MMMM y, HH:mm 'Uhr'" if language() == "de" else "d MMMM y, HH:mm"
    return format_datetime(_in_berlin(value), format=pattern, locale=language())


def _in_berlin(value: date | datetime) -> date | datetime:
    if not isinstance(value, datetime):
        return value
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(BERLIN).replace(tzinfo=None)


def _choose() -> None:
    asked = request.args.get(_COOKIE, "")
    g.language_asked = asked in _CODES
    chosen = asked if g.language_asked else request.cookies.get(_COOKIE, "")
    g.language_chosen = chosen in _CODES
    # RFC 9110 12.5.4; German where the browser wants neither, or does not say (§ 23 VwVfG).
    g.language = chosen if g.language_chosen else request.accept_languages.best_match(_ORDER, "de")


def _remember(response: Response) -> Response:
    if g.get("language_asked"):
        response.set_cookie(_COOKIE, g.language, max_age=31536000, secure=True, httponly=True, samesite="Lax", path="/")
    return response
