"""German and English. Texts in templates are English msgids; German comes from ``de.po`` files and is the default.

``?lang=de|en`` sets the cookie ``lang``. The cookie holds nothing but the two letters and is shared by all applications
on this host, so that a person chooses once (``flask.g.language_chosen``). Until then the browser's
Accept-Language counts. ``|day`` and ``|moment`` write dates in the legal time zone, Europe/Berlin.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from flask import Flask, Request, Response, current_app, g, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from runtime.shell.rooms import room_of

BERLIN = ZoneInfo("Europe/Berlin")
LANGUAGES = (("de", "Deutsch"), ("en", "English"))
_ORDER = tuple(code for code, _ in LANGUAGES)
_CODES = frozenset(_ORDER)
_COOKIE = "lang"
_OWN = Path(__file__).parent / "translations"


def install(app: Flask, english: Mapping[str, str]) -> None:
    """Read the catalogues of the shell and of the application's house, and give both to the templates.

    ``|named`` puts what the configuration says in German into the page's language; ``lang_of`` is the attribute for
    an element that holds nothing else, where there is no English for it (WCAG 2.2, 3.1.2).
    """
    german = {**catalogue(_OWN / "de.po"), **catalogue(room_of(app).translations / "de.po")}

    def translate(msgid: str, **values: object) -> str:
        text = german.get(msgid, msgid) if language() == "de" else msgid
        return text % values if values else text

    def named(text: str) -> str:
        return english.get(text, text) if language() == "en" else text

    def lang_of(text: str) -> Markup:
        return Markup(' lang="de"') if language() == "en" and text not in english else Markup()

    app.jinja_env.globals.update(
        _=translate, language=language, languages=lambda: LANGUAGES, language_link=language_link, lang_of=lang_of
    )
    app.jinja_env.filters.update(day=day, moment=moment, named=named)


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
    # The framework's path begins with exactly one slash: two would be the address of another host.
    path = request.path if request.method == "GET" else _nearest(request.path)
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


def choose(asking: Request, kept: Any) -> None:
    """The language of an answer, before the house sees the request; ``kept`` is its ``flask.g``."""
    query, cookies = asking.environ.get("QUERY_STRING", ""), asking.environ.get("HTTP_COOKIE", "")
    # Most requests choose none, and need not be taken apart for that.
    asked = asking.args.get(_COOKIE, "") if _COOKIE in query or "%" in query else ""
    kept.language_asked = asked in _CODES
    before = asking.cookies.get(_COOKIE, "") if _COOKIE in cookies else ""
    chosen = asked if kept.language_asked else before
    kept.language_chosen = chosen in _CODES
    # RFC 9110 12.5.4; German where the browser wants neither, or does not say (§ 23 VwVfG).
    kept.language = chosen if kept.language_chosen else _best(asking)


def _best(asking: Request) -> str:
    said = "HTTP_ACCEPT_LANGUAGE" in asking.environ
    return asking.accept_languages.best_match(_ORDER, "de") if said else "de"


def remember(response: Response, kept: Any) -> None:
    """Keep what was chosen with this request."""
    if kept.get("language_asked"):
        chosen = kept.language
        response.set_cookie(_COOKIE, chosen, max_age=31536000, secure=True, httponly=True, samesite="Lax", path="/")
