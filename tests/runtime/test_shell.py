"""The shell around a tiny application: headers, forms, languages, error pages, and German for every text of the house."""

import ast
import re
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask, g, redirect, render_template_string, request
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from runtime.shell import dress

ROOT = Path(__file__).parents[2]
PAGE = """{% extends "shell/base.html" %}{% import "shell/kern.html" as kern %}
{% block title %}{{ _("Imprint") }}{% endblock %}
{% block main %}<h1>x</h1><form method="post">{{ kern.csrf() }}
{{ kern.field("name", "Name", '"><script>', error="Fehlt", hint="Hinweis", required=True) }}</form>{% endblock %}"""
SCRIPTED = '{% extends "shell/base.html" %}{% block main %}<script nonce="{{ csp_nonce() }}">1</script>{% endblock %}'


@pytest.fixture
def app() -> Flask:
    """An application with a form, a script, an exempt view, and one that breaks."""
    app = Flask("sample")
    app.add_url_rule("/", "form", lambda: render_template_string(PAGE))
    app.add_url_rule("/script", "script", lambda: render_template_string(SCRIPTED))
    app.add_url_rule("/send", "send", lambda: "sent", methods=["POST"])
    app.add_url_rule("/away", "away", lambda: redirect("/"))
    app.add_url_rule("/v1/broken", "broken", lambda: 1 / 0)

    def machine() -> str:
        return "taken"

    machine.csrf_exempt = True
    app.add_url_rule("/machine", "machine", machine, methods=["POST"])

    own = {"referrer-policy": "origin", "Cache-Control": "max-age=5", "content-security-policy": "default-src 'self'"}
    app.add_url_rule("/own", "own", lambda: ("", own))

    @app.get("/leads-away")
    def leads_away() -> str:
        g.form_action = ["http://127.0.0.1:8081", *request.args.getlist("also")]
        return render_template_string(PAGE)

    return dress(app, title="Urkunden – Stadt Viernheim", demo=True)


@pytest.fixture
def browser(app: Flask):
    """A client that speaks https, as browsers treat localhost."""
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    return client


def _policy(response) -> dict[str, str]:
    parts = response.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_every_answer_carries_the_security_headers(browser):
    """Pages, redirects and error pages alike."""
    for path in ("/", "/away", "/nowhere"):
        headers = browser.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-ID"])


def test_a_view_s_own_value_stands_alone(browser):
    """However it spells the name: nothing is said twice, and what it does not say is said as everywhere."""
    headers = browser.get("/own").headers
    for name, value in (("Referrer-Policy", "origin"), ("Cache-Control", "max-age=5")):
        assert headers.getlist(name) == [value]
    assert headers.getlist("Content-Security-Policy") == ["default-src 'self'"]
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
    for path in ("/", "/nowhere", "/shell/kern.css"):
        with browser.get(path) as answer:
            names = [name.lower() for name, _ in answer.headers]
        assert len(names) == len(set(names))


def test_strict_transport_is_told_over_https_only(app, browser):
    """RFC 6797 7.2: HSTS stands on https answers and never on plain ones."""
    assert "Strict-Transport-Security" in browser.get("/", base_url="https://localhost").headers
    assert "Strict-Transport-Security" not in app.test_client().get("/", base_url="http://localhost").headers


def test_the_policy_allows_no_script_unless_the_page_asks_for_a_nonce(browser):
    """The nonce in the page is the one in the header, and new each time."""
    assert _policy(browser.get("/"))["script-src"] == "'none'"
    first, second = browser.get("/script"), browser.get("/script")
    nonce = re.search(r'nonce="([^"]+)"', first.text)[1]
    assert _policy(first)["script-src"] == f"'nonce-{nonce}'"
    assert nonce not in second.headers["Content-Security-Policy"]


def test_the_policy_names_only_the_view_s_form_targets(browser):
    """``g.form_action`` widens the policy of this answer and of no other."""
    assert _policy(browser.get("/leads-away"))["form-action"] == "'self' http://127.0.0.1:8081"
    policy = _policy(browser.get("/"))
    assert policy["form-action"] == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"


@pytest.mark.parametrize("host", ["a.example;frame-ancestors", "a.example,x", "a.example *", "*", "a.example\n"])
def test_no_address_writes_a_directive(browser, host: str):
    """What is no plain origin stays out of the policy; an ordinary one beside it, the twin, is in."""
    answer = browser.get("/leads-away", query_string={"also": [f"https://{host}", "https://b.example:8443"]})
    told = answer.headers["Content-Security-Policy"]
    assert _policy(answer)["form-action"] == "'self' http://127.0.0.1:8081 https://b.example:8443"
    assert (told.count("frame-ancestors"), "a.example" in told) == (1, False)


def test_every_page_s_links_lead_below_where_the_application_is_mounted(browser):
    """A proxy may serve it below a path; at the root, the twin, they begin with a slash alone."""
    for root in ("/gate", ""):
        page = browser.get("/", environ_overrides={"SCRIPT_NAME": root}).text
        assert f'href="{root}/legal/impressum"' in page
        assert re.search(rf'href="{root}/shell/kern\.css\?v=[0-9a-f]{{12}}"', page)


def test_static_files_may_be_kept_when_their_hash_is_in_the_address(browser):
    """Addresses in pages carry a hash and are immutable; without it a file is kept for an hour."""
    address = re.search(r'href="(/shell/kern\.css\?v=[0-9a-f]+)"', browser.get("/").text)[1]
    with browser.get(address) as kept, browser.get("/shell/kern.css") as short:
        assert kept.headers["Cache-Control"].endswith("immutable")
        assert short.headers["Cache-Control"] == "public, max-age=3600"


def test_a_first_view_stays_small(browser):
    """Page, styles, both fonts and icon together stay below 250 kB."""
    total = len(browser.get("/").data)
    for name in ("kern.css", "shell.css", "FiraSans-Regular.woff2", "FiraSans-SemiBold.woff2", "icon.svg"):
        with browser.get(f"/shell/{name}") as file:
            total += len(file.data)
    assert total < 250_000


def test_a_form_with_its_token_is_taken(browser):
    """The token in the page belongs to the cookie the page set."""
    page = browser.get("/")
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-shell-csrf=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    assert browser.post("/send", data={"csrf": token}).text == "sent"


@pytest.mark.parametrize("forged", ["", "A" * 43, "ä"])
def test_a_form_without_its_token_is_refused(browser, forged):
    """A missing, foreign or odd token is answered with a page, and the view never runs."""
    browser.get("/")
    answer = browser.post("/send", data={"csrf": forged})
    assert answer.status_code == 403
    assert "Das Formular ist abgelaufen" in answer.text


def test_a_form_without_any_cookie_is_refused(browser):
    """An empty cookie does not equal an empty field."""
    assert browser.post("/send", data={"csrf": ""}).status_code == 403


def test_views_for_machines_need_no_token(browser):
    """A view that says so is exempt, and only that one."""
    assert browser.post("/machine").text == "taken"


def test_german_is_the_default_and_english_is_remembered(browser):
    """``?lang=en`` switches page and following pages; other values change nothing."""
    assert '<html lang="de">' in browser.get("/").text
    assert '<html lang="de">' in browser.get("/?lang=xx").text
    english = browser.get("/?lang=en")
    assert '<html lang="en">' in english.text
    assert "<title>Imprint – Urkunden – Stadt Viernheim</title>" in english.text
    assert "<title>Imprint – " in browser.get("/").text
    assert "<title>Impressum – " in browser.get("/?lang=de").text


@pytest.mark.parametrize("query", ["lang=en", "a=%21&lang=en", "l%61ng=en"])
def test_a_language_is_found_however_the_address_spells_it(browser, query: str):
    """Kept from then on, also beside other cookies; another name, or another value, is no language."""
    assert '<html lang="en">' in browser.get(f"/?{query}").text
    browser.set_cookie("slang", "de")
    assert '<html lang="en">' in browser.get("/?a=1").text
    browser.set_cookie("lang", "xx")
    assert '<html lang="de">' in browser.get("/?language=en").text


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("", "de"),
        ("*", "de"),
        ("fr", "de"),
        ("de-AT", "de"),
        ("en-US,en;q=0.9", "en"),
        ("fr-CH, en;q=0.3", "en"),
        ("en;q=0.5, de;q=0.9", "de"),
        ("en;q=0, fr", "de"),
        (";;,=\x01", "de"),
    ],
)
def test_a_first_visit_speaks_the_browser_s_language(browser, wanted: str, spoken: str):
    """RFC 9110 12.5.4: what it wants most of ours; German where it wants neither. Nothing is kept for that."""
    answer = browser.get("/", headers={"Accept-Language": wanted})
    assert f'<html lang="{spoken}">' in answer.text
    assert not [cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("lang=")]


def test_what_a_person_chose_wins_over_the_browser_and_is_kept(browser):
    """One look at a language link outlasts every Accept-Language."""
    english = {"Accept-Language": "en"}
    assert '<html lang="en">' in browser.get("/", headers=english).text
    assert '<html lang="de">' in browser.get("/?lang=de", headers=english).text
    assert '<html lang="de">' in browser.get("/", headers=english).text


def _switch(page) -> str:
    """Where the page's link to English leads."""
    return unescape(re.search(r'hreflang="en" href="([^"]+)"', page.text)[1])


def test_the_language_link_keeps_the_page_and_its_query(browser):
    """Switching the language loses neither the path nor the arguments, on a page that is not there either."""
    assert _switch(browser.get("/?a=1&a=2")) == "/?a=1&a=2&lang=en"
    assert _switch(browser.get("/nowhere?a=1")) == "/nowhere?a=1&lang=en"
    two_slashes = browser.get("/", environ_overrides={"PATH_INFO": "//evil.example/x"})
    assert _switch(two_slashes) == "/evil.example/x?lang=en"


def test_the_answer_to_a_form_is_read_again_where_its_view_says_or_at_the_page_of_the_form(app, browser):
    """Nothing is sent twice for a language: the nearest address above that can be asked for, else the front page."""
    for rule in ("/notices/<one>/erase", "/elsewhere/act", "/told/act"):
        app.add_url_rule(rule, rule, lambda **_: render_template_string(PAGE), methods=["POST"])
    app.add_url_rule("/notices/<one>", "notice", lambda one: one)
    app.view_functions["/told/act"] = told = lambda: setattr(g, "page_address", "/?x=1") or render_template_string(PAGE)
    told.csrf_exempt = True
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/").text)[1]
    for path, expected in (
        ("/notices/7/erase?a=1", "/notices/7?lang=en"),
        ("/elsewhere/act", "/?lang=en"),
        ("/told/act", "/?x=1&lang=en"),
    ):
        assert _switch(browser.post(path, data={"csrf": token})) == expected


@pytest.mark.parametrize(
    ("language", "english", "head", "page"),
    [
        ("de", {}, "Postfach – <span>Stadt Viernheim</span>", "Postfach – Stadt Viernheim"),
        (
            "de",
            {"Stadt Viernheim": "Town of V."},
            "Postfach – <span>Stadt Viernheim</span>",
            "Postfach – Stadt Viernheim",
        ),
        ("en", {}, 'Postbox – <span lang="de">Stadt Viernheim</span>', "Postbox – Stadt Viernheim"),
        ("en", {"Stadt Viernheim": "Town of V."}, "Postbox – <span>Town of V.</span>", "Postbox – Town of V."),
    ],
)
def test_names_of_the_configuration_speak_the_page_s_language(language: str, english: dict, head: str, page: str):
    """In English where the configuration knows it; otherwise German, marked so that it is read as such (WCAG 3.1.2)."""
    app = Flask("sample")
    app.add_url_rule("/", "form", lambda: render_template_string(PAGE))
    text = (
        dress(app, title="Postbox", town="Stadt Viernheim", english=english)
        .test_client()
        .get(f"/?lang={language}")
        .text
    )
    assert f'<p class="shell-name">{head}</p>' in text
    assert re.search("<title>[^<]+ – (Post[^<]+)</title>", text)[1] == page


def test_a_house_without_a_title_or_a_town_has_no_dash(app):
    """The one or the other heads the page alone."""
    for given in ({"town": "Stadt Viernheim"}, {"title": "Stadt Viernheim"}):
        bare = Flask("sample")
        bare.add_url_rule("/", "form", lambda: render_template_string(PAGE))
        text = dress(bare, **given).test_client().get("/").text
        assert "<title>Impressum – Stadt Viernheim</title>" in text


def test_dates_are_berlin_days_in_the_page_s_language(app):
    """An instant late in the evening UTC is the next day in Berlin."""
    from datetime import UTC, date, datetime

    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    with app.test_request_context("/"):
        day, moment = app.jinja_env.filters["day"], app.jinja_env.filters["moment"]
        assert day(late) == "24. November 2026"
        assert day(date(2026, 11, 24)) == "24. November 2026"
        assert moment(late) == "24. November 2026, 00:30 Uhr"
        g.language = "en"
        assert day(late) == "24 November 2026"


def test_unknown_pages_and_methods_get_a_page_with_an_error_number(browser):
    """The number on the page is the one in the header."""
    for answer, code in ((browser.get("/nowhere"), 404), (browser.get("/send"), 405)):
        assert answer.status_code == code
        assert answer.headers["X-Request-ID"] in answer.text
        assert answer.text.count("<h1>") == 1


def test_a_slash_too_many_leads_on_and_names_no_host(app, browser):
    """S15: the framework would answer with whatever Host the request claimed, and send a form on (308)."""
    app.add_url_rule("/list/", "list", lambda: "listed", methods=["GET", "POST"])
    for wrong, right in (("/list?a=1", "/list/?a=1"), ("/list//", "/list/"), ("/\\list", None)):
        answer = browser.get(wrong, base_url="https://evil.example")
        assert (answer.status_code, answer.headers.get("Location")) == ((303, right) if right else (404, None))
    assert browser.post("/list", data={"a": "1"}).status_code == 404
    assert browser.get("/list/").text == "listed"


def test_an_unforeseen_error_tells_nothing_about_itself(app, browser):
    """500 with a number, without a trace; machines get a problem document."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    problem = browser.get("/v1/broken")
    assert problem.status_code == 500
    assert problem.mimetype == "application/problem+json"
    assert problem.json["error_id"] == problem.headers["X-Request-ID"]
    assert "Zero" not in problem.text


def test_too_large_a_body_is_answered_with_413(app, browser):
    """The limit of the application counts for forms, too."""
    app.config["MAX_CONTENT_LENGTH"] = 100
    assert browser.post("/send", data={"csrf": "x" * 200}).status_code == 413


@pytest.mark.parametrize("page", ["impressum", "datenschutz", "barrierefreiheit", "leichte-sprache", "kontakt"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_legal_pages_are_there_without_login_and_say_they_are_a_demo(browser, page, language):
    """Every footer link leads to a page with one heading and real text."""
    answer = browser.get(f"/legal/{page}?lang={language}")
    assert answer.status_code == 200
    assert answer.text.count("<h1>") == 1
    assert ("Das ist eine Demo" if language == "de" else "This is a demo") in answer.text
    assert len(re.sub(r"<[^>]+>", "", answer.text)) > 600


def test_landmarks_and_skip_link(browser):
    """One banner, main and contentinfo; the skip link is the first thing to reach."""
    text = browser.get("/").text
    assert [text.count(tag) for tag in ("<header", "<main", "<footer", "<h1")] == [1, 1, 1, 1]
    body = text.split("<body", 1)[1]
    assert re.search(r"<(a|button|input)[^>]*>", body)[0].endswith('href="#main">')


def test_macros_escape_what_people_typed(browser):
    """A value with markup stays text, and the error is tied to its field."""
    text = browser.get("/").text
    assert 'value="&#34;&gt;&lt;script&gt;"' in text
    assert 'aria-describedby="name-hint name-error" aria-invalid="true"' in text


ROOMS = {
    "runtime/shell": "runtime/shell/translations",
    "idgateway/templates": "idgateway/translations",
    "mailbox/postbox/templates": "mailbox/postbox/translations",
    "mailbox/postbox/pages": "mailbox/postbox/translations",
    "runtime/demo": "runtime/demo/translations",
}


def _german(folder: str) -> dict[str, str]:
    path = ROOT / folder / "de.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="de", abort_invalid=True) if one.string}


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_of_a_template_has_german(room):
    """Each msgid in ``_("…")`` of a room's templates, or in ``N_("…")`` of its modules, stands in de.po of room or shell."""
    known = _german(ROOMS[room]) | _german("runtime/shell/translations")
    environment = Environment(autoescape=True)
    used: set[str] = set()
    for path in sorted((ROOT / room).rglob("*.html")):
        for _, _, message in extract_from_ast(environment.parse(path.read_text(encoding="utf-8")), ("_",)):
            used |= {message} if isinstance(message, str) else {part for part in message or () if part}
    for path in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                used.add(ast.literal_eval(node.args[0]))
    assert {text for text in used if not known.get(text)} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_placeholders_survive_translation(room):
    """A German text has the same ``%(name)s`` as its msgid."""
    for msgid, german in _german(ROOMS[room]).items():
        assert set(re.findall(r"%\(\w+\)s", msgid)) == set(re.findall(r"%\(\w+\)s", german)), msgid
