"""Counting at the door of a web application: fields, 429, whose address counts, and how large a request may be."""

import pytest
from flask import Flask, request

from runtime.limits import Limiter, Policy
from runtime.limits.rule import SECOND
from runtime.shell import dress
from runtime.shell.caps import FIELDS, HEADERS, PLAIN, QUERY
from runtime.shell.pace import Pace
from tests.runtime.limits.test_limiter import Clock

STRANGER, OTHER = "203.0.113.1", "203.0.113.2"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[str]:
    return []


def build(clock: Clock, told: list[str], **options) -> Flask:
    app = Flask("sample")
    app.config["PACE"] = {"machine": "call", "health": ""}
    app.config["WHEN_REFUSED"] = told.append
    app.config["LARGEST_BODY"] = {"machine": 1000}
    app.config["FOR_MACHINES"] = ("/machine",)

    def read() -> str:
        return f"{request.remote_addr} {request.host_url} {len(request.form)} {len(request.get_data())}"

    read.csrf_exempt = True
    for name in ("page", "other", "machine", "health"):
        app.add_url_rule(f"/{name}", name, read, methods=["GET", "POST"])
    policies = (Policy(name="page", quota=3, window=60), Policy(name="call", quota=6, window=60))
    return dress(app, title="x", pace=Pace(Limiter(policies, clock=clock), **options))


@pytest.fixture
def app(clock: Clock, told: list[str]) -> Flask:
    return build(clock, told)


def ask(app: Flask, path: str = "/page", address: str = STRANGER, method: str = "GET", **options):
    return app.test_client().open(path, method=method, environ_base={"REMOTE_ADDR": address}, **options)


def test_the_fields_say_the_policy_and_what_is_left(app: Flask):
    """draft-ietf-httpapi-ratelimit-headers-11, 3 and 4."""
    answer = ask(app)
    assert answer.headers["RateLimit-Policy"] == '"page";q=3;w=60'
    assert answer.headers["RateLimit"] == '"page";r=2;t=20'
    assert "Retry-After" not in answer.headers


def test_who_asks_too_often_waits_and_nobody_else_does(app: Flask, clock: Clock, told: list[str]):
    assert [ask(app).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = ask(app)
    assert refused.headers["Retry-After"] == "20"
    assert refused.headers["RateLimit"] == '"page";r=0;t=60'
    assert refused.headers["Cache-Control"] == "no-store"
    assert "Zu viele Anfragen" in refused.text
    assert told == ["page", "page"]
    assert ask(app, address=OTHER).status_code == 200
    assert ask(app, "/other").status_code == 200  # each page for itself
    clock.now += 20 * SECOND
    assert ask(app).status_code == 200


def test_a_person_reads_a_page_and_a_machine_a_problem_document(app: Flask):
    for _ in range(6):
        assert ask(app, "/machine").status_code == 200
    refused = ask(app, "/machine")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert refused.json["code"] == "too-many-requests"
    assert refused.headers["Retry-After"] == "10"


def test_what_nobody_counts_stays_open(app: Flask):
    for path in ("/health", "/shell/app.css"):
        answers = [ask(app, path) for _ in range(9)]
        assert {answer.status_code for answer in answers} <= {200, 404}
        assert all("RateLimit" not in answer.headers for answer in answers)


def test_an_address_that_does_not_exist_is_counted_too(app: Flask):
    assert [ask(app, f"/guess-{number}").status_code for number in range(4)] == [404, 404, 404, 429]


def test_this_machine_itself_is_not_counted(app: Flask):
    """Behind a proxy that nobody declared everybody has its address: to count it would lock everybody out."""
    for address in ("127.0.0.1", "::1"):
        assert {ask(app, address=address).status_code for _ in range(9)} == {200}


def test_a_household_counts_once_however_many_addresses_it_has(app: Flask):
    answers = [ask(app, address=f"2001:db8:0:1::{number}").status_code for number in range(4)]
    assert answers == [200, 200, 200, 429]
    assert ask(app, address="2001:db8:0:2::1").status_code == 200


def test_nobody_is_believed_who_says_whose_request_it_is(app: Flask):
    """S15, without a declared proxy: neither a new quota nor another address, host or scheme by a header."""
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil"}
    answers = [ask(app, headers={**forged, "X-Forwarded-For": f"198.51.100.{number}"}) for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].text.startswith(f"{STRANGER} http://localhost/")


def test_a_declared_proxy_is_believed_about_the_address_alone(clock: Clock, told: list[str]):
    """The last entry is what our own proxy saw; what the visitor wrote before it counts for nothing."""
    app = build(clock, told, trusted_proxies=1)

    def through(visitor: str, forged: str = ""):
        header = f"{forged}, {visitor}" if forged else visitor
        more = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil"}
        return ask(app, address="127.0.0.1", headers={"X-Forwarded-For": header, **more})

    answers = [through(STRANGER, forged=f"198.51.100.{number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].text.startswith(f"{STRANGER} http://localhost/")
    assert through(OTHER).status_code == 200
    two = build(clock, told, trusted_proxies=2)
    headers = {"X-Forwarded-For": f"{OTHER}, 10.0.0.1"}
    assert ask(two, address="127.0.0.1", headers=headers).text.startswith(f"{OTHER} ")


LONG = "x" * 6000


@pytest.mark.parametrize(
    ("status", "path", "options"),
    [
        (431, "/page", {"headers": {f"X-{number}": LONG for number in range(HEADERS // 6000 + 1)}}),
        (200, "/page", {"headers": {"X-One": LONG}}),
        (414, "/page", {"query_string": "a=" + "x" * QUERY}),
        (200, "/page", {"query_string": "a=" + "x" * 9000}),
        (400, "/page", {"query_string": "&".join(f"a{number}=1" for number in range(FIELDS + 1))}),
        (200, "/page", {"query_string": "&".join(f"a{number}=1" for number in range(FIELDS))}),
        (400, "/page", {"method": "POST", "data": {f"a{number}": "1" for number in range(FIELDS + 1)}}),
        (200, "/page", {"method": "POST", "data": {f"a{number}": "1" for number in range(FIELDS)}}),
        (413, "/page", {"method": "POST", "data": b"x" * (PLAIN + 1), "content_type": "application/json"}),
        (200, "/page", {"method": "POST", "data": b"x" * PLAIN, "content_type": "application/json"}),
        (413, "/machine", {"method": "POST", "data": b"x" * 1001}),
        (200, "/machine", {"method": "POST", "data": b"x" * 1000}),
    ],
)
def test_nothing_is_larger_than_it_needs_to_be(app: Flask, status: int, path: str, options: dict):
    assert ask(app, path, **options).status_code == status


def test_a_body_that_does_not_tell_its_length_is_measured_while_it_is_read(app: Flask):
    from io import BytesIO

    def send(size: int):
        environ = {"wsgi.input_terminated": True, "REMOTE_ADDR": STRANGER}
        options = {"method": "POST", "input_stream": BytesIO(b"x" * size), "headers": {"Transfer-Encoding": "chunked"}}
        return app.test_client().open("/machine", **options, environ_base=environ)

    assert send(1001).status_code == 413
    assert send(999).text.endswith(" 999")
