"""The browser keeps cookies as browsers do on a cross-site POST, follows what leads on, and goes nowhere forbidden."""

from collections.abc import Iterator

import pytest
from flask import Flask, make_response, redirect, request

from idgateway.sp_check.browser import Browser, Network, site_of
from idgateway.sp_check.errors import TargetRefused
from idgateway.sp_check.evidence import NO_ANSWER, Sent
from tests.idgateway.sp_check.service import free_port, served

STAND_IN = "http://127.0.0.1:8081/idp"


def application() -> Flask:
    app = Flask(__name__)

    @app.get("/set")
    def _set():
        response = make_response("set")
        for name in ("Strict", "Lax", "None"):
            response.set_cookie(name.lower(), "1", samesite=name, secure=name == "None")
        response.set_cookie("bare", "1")
        return response

    @app.route("/seen", methods=["GET", "POST"])
    def _seen():
        head = [f"{name}={request.headers.get(name)}" for name in ("Origin", "Sec-Fetch-Site")]
        return " ".join([request.method, *sorted(request.cookies), *head, request.form.get("x", "")])

    @app.route("/to/<int:status>", methods=["GET", "POST"])
    def _to(status):
        return redirect("/seen", status)

    @app.get("/away")
    def _away():
        return redirect("https://other.example.org/x?code=1")

    @app.get("/script")
    def _script():
        response = make_response("", 302)
        response.headers["Location"] = "javascript:alert(1)"
        return response

    @app.get("/loop")
    def _loop():
        return redirect("/loop")

    @app.get("/form")
    def _form():
        return '<form method="post" action="/seen"><input type="hidden" name="SAMLResponse"></form>'

    @app.get("/large")
    def _large():
        return "x" * 3_000_000

    @app.get("/bad/<kind>")
    def _bad(kind):
        target = {"address": "http://[/", "port": "http://localhost:99999/"}.get(kind)
        page = f'<meta http-equiv="refresh" content="0; url={target}">' if target else "x" * 10
        response = make_response(page)
        if kind == "short":
            response.headers["Content-Length"] = "100"
        if kind == "zip":
            response.headers["Content-Encoding"] = "gzip"
        if kind == "words":
            response.headers["Content-Type"] = "text/html; charset=klingon"
        return response

    @app.get("/drip")
    def _drip():
        import time

        def slowly():
            for _ in range(100):
                time.sleep(0.1)
                yield "x"

        return app.response_class(slowly())

    @app.get("/slow")
    def _slow():
        import time

        time.sleep(1)
        return "late"

    return app


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    port = free_port()
    with served(application(), port):
        yield f"http://localhost:{port}"


def admit(host: str) -> None:
    if host not in ("localhost", "127.0.0.1"):
        raise TargetRefused(f"{host} is elsewhere.")


@pytest.fixture
def browser() -> Iterator[Browser]:
    made = Browser(Network(admit=admit, timeout=5), lambda sent: sent.url.endswith("/handed"))
    yield made
    made.close()


def post(site: str, path: str = "/seen") -> Sent:
    return Sent(method="POST", url=site + path, fields=(("x", "field"),))


def test_a_cross_site_post_carries_no_lax_and_no_strict_cookie(site, browser):
    """As the answer's delivery from BundID; the same form from the service's own page carries all."""
    browser.open(f"{site}/set")
    crossing = browser.go(post(site), initiator=STAND_IN).text
    assert crossing == "POST bare none Origin=http://127.0.0.1:8081 Sec-Fetch-Site=cross-site field"
    own = browser.go(post(site), initiator=f"{site}/page").text
    assert own == f"POST bare lax none strict Origin={site} Sec-Fetch-Site=same-origin field"


def test_a_redirect_behind_a_cross_site_post_brings_the_lax_cookie_back_but_never_the_strict_one(site, browser):
    """303 is a GET; 307 repeats the POST and stays without."""
    browser.open(f"{site}/set")
    assert browser.go(post(site, "/to/303"), initiator=STAND_IN).text.startswith("GET bare lax none Origin=None")
    assert browser.go(post(site, "/to/302"), initiator=STAND_IN).text.startswith("GET bare lax none Origin=None")
    repeated = browser.go(post(site, "/to/307"), initiator=STAND_IN).text
    assert repeated.startswith("POST bare none")
    assert repeated.endswith("field")


def test_a_page_that_goes_on_is_the_new_initiator(site, browser):
    """After a page of the service itself its own cookies travel again, Strict ones too."""
    browser.open(f"{site}/set")
    assert browser.open(f"{site}/form", initiator=STAND_IN).text.startswith("POST bare lax none strict")


def test_forbidden_addresses_are_told_and_not_visited(site, browser):
    """Another host, a script; shown without the query."""
    away = browser.open(f"{site}/away")
    assert (away.status, away.led_to, away.shown) == (
        0,
        "https://other.example.org/x?code=1",
        "https://other.example.org/x",
    )
    assert browser.open(f"{site}/script").led_to == "javascript:alert(1)"
    assert browser.open(f"{site}/seen").led_to == ""


def test_loops_silence_and_closed_ports_end_with_a_reason(site, browser):
    """Never an exception; the browser goes on working."""
    assert "redirects" in browser.open(f"{site}/loop").broke
    assert "connection broke" in browser.open(f"http://localhost:{free_port()}/").broke
    impatient = Browser(Network(admit=admit, timeout=0.3), lambda _: False)
    assert impatient.open(f"{site}/slow").broke == NO_ANSWER
    assert impatient.open(f"{site}/drip").broke == NO_ANSWER
    impatient.close()
    assert browser.open(f"{site}/seen").status == 200


@pytest.mark.parametrize("kind", ["address", "port", "short", "zip", "words"])
def test_nothing_a_service_sends_stops_the_check(site, browser, kind):
    """No address, an impossible port, a page cut off, no gzip, no known letters: a place to rest or a reason."""
    stop = browser.open(f"{site}/bad/{kind}")
    assert bool(stop.broke or stop.led_to) is (kind != "words")
    assert browser.open(f"{site}/seen").status == 200


def test_a_page_is_read_up_to_a_limit(site, browser):
    """Three megabytes are cut."""
    assert len(browser.open(f"{site}/large").text) == 2 * 1024 * 1024


def test_the_request_to_the_stand_in_is_handed_over_and_not_sent(site, browser):
    """Also in the first step."""
    assert browser.open(f"{site}/handed").handed == Sent(method="GET", url=f"{site}/handed", fields=())


def test_a_twin_begins_with_the_same_cookies_and_goes_its_own_way(site, browser):
    """What is set later in one is not in the other."""
    browser.open(f"{site}/set")
    twin = browser.twin()
    assert twin.cookies() == browser.cookies() != {}
    fresh = Browser(Network(admit=admit, timeout=5), lambda _: False)
    assert fresh.cookies() == {}
    for other in (twin, fresh):
        other.close()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://localhost:1/a", "http://localhost:2/b", True),
        ("http://localhost:1/", "http://127.0.0.1:1/", False),
        ("https://a.town.de/", "https://b.town.de/", True),
        ("https://a.town.de/", "http://a.town.de/", False),
        ("https://a.town.de/", "https://a.city.de/", False),
        ("http://10.0.0.1/", "http://10.1.0.1/", False),
    ],
)
def test_sites_are_scheme_and_registrable_domain(one, other, same):
    """Ports do not count, numbers are sites of their own."""
    assert (site_of(one) == site_of(other)) is same
