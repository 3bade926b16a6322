"""A walk through every address of an application, in every method: what each answer owes to people and to machines.

The walk takes the addresses from the application itself, so that a new one is judged from its first day, strictly: kept
by nobody, readable by no other site, framed by none. What may be otherwise stands in a list of its test, with a reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
EVIL = "evil.example"


@dataclass(frozen=True, kw_only=True)
class Walked:
    """One answer on the walk."""

    endpoint: str
    method: str
    path: str
    answer: TestResponse


def paths(app: Flask, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Endpoint and path of every rule; each argument by name from ``values``, or a guess."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue  # the framework's own; no house has such a folder
        given = {name: values.get(name, "guess") for name in rule.arguments}
        built = rule.build({**(rule.defaults or {}), **given})
        assert built is not None, rule
        yield rule.endpoint, built[1]


def walk(app: Flask, browser: FlaskClient, values: Mapping[str, str], *, base_url: str) -> Iterator[Walked]:
    """Every address in every method, as a page of another site would ask for it."""
    headers = {"Origin": f"https://{EVIL}", "Access-Control-Request-Method": "POST"}
    for endpoint, path in sorted(set(paths(app, values))):
        for method in METHODS:
            answer = browser.open(path, method=method, base_url=base_url, headers=headers)
            answer.get_data()  # a body that comes in pieces is read to its end
            yield Walked(endpoint=endpoint, method=method, path=path, answer=answer)


def variants(path: str) -> set[str]:
    """A path with slashes too many and too few."""
    return {path, path.rstrip("/") or "/", f"{path}/", f"{path}//", path[:1] + path[1:].replace("/", "//")}


def check_discipline(one: Walked, *, kept: Mapping[str, str], readable: Mapping[str, str]) -> None:
    """What every answer owes; ``kept`` and ``readable`` name the endpoints that may be cached or read by other sites."""
    answer, where = one.answer, (one.method, one.path, one.answer.status)
    assert answer.status_code < 500 or one.endpoint.endswith(".ready"), where
    assert answer.headers["X-Content-Type-Options"] == "nosniff", where
    assert answer.headers["Referrer-Policy"] == "no-referrer", where  # R7
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], where  # R8
    assert answer.headers["X-Frame-Options"] == "DENY", where
    assert answer.status_code not in (307, 308), where  # R6: a form is never sent on with what was typed into it
    if one.method == "POST" and answer.location:
        assert answer.status_code == 303, where  # R6
    if one.endpoint not in kept:
        assert answer.headers.get("Cache-Control") == "no-store", where  # S17
    if one.endpoint not in readable:
        assert not [name for name, _ in answer.headers.items() if name.startswith("Access-Control")], where  # S16
    assert "Access-Control-Allow-Credentials" not in answer.headers, where
    if one.method in ("TRACE", "PROPFIND"):
        assert answer.status_code in (404, 405), where
    assert "__Host-gate=" not in str(answer.headers.getlist("Set-Cookie")), where


def names_host(answer: TestResponse, host: str = EVIL) -> bool:
    """Whether an answer repeats the host that the request claimed (S15)."""
    return host in str(answer.headers) or host.encode() in answer.get_data()
