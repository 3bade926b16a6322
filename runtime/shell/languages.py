"""German and English. Texts in templates are English msgids; German comes from ``de.po`` files and is the default.

``?lang=de|en`` sets the cookie ``lang``. The cookie holds nothing but the two letters and is shared by all applications
on this host, so that a person chooses once. ``|day`` and ``|moment`` write dates in the legal time zone, Europe/Berlin.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from runtime.shell.rooms import room_of

BERLIN = ZoneInfo("Europe/Berlin")
LANGUAGES = (("de", "Deutsch"), ("en", "English"))
_CODES = frozenset(code for code, _ in LANGUAGES)
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
    """This page in another language; the answer to a form leads to the page of the form, if that has an address."""
    adapter = current_app.create_url_adapter(request)
    if request.endpoint is None or adapter is None:
        return "/?lang=" + code
    try:
        adapter.match(request.path, method="GET")
    except HTTPException:
        return "/?lang=" + code
    arguments = {**request.args.to_dict(flat=False), "lang": [code]}
    return f"{quote(request.path)}?{urlencode(arguments, doseq=True)}"


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
    kept = request.cookies.get(_COOKIE, "")
    g.language = asked if asked in _CODES else kept if kept in _CODES else "de"


def _remember(response: Response) -> Response:
    if g.get("language_asked"):
        response.set_cookie(_COOKIE, g.language, max_age=31536000, secure=True, httponly=True, samesite="Lax", path="/")
    return response
