"""Every address of the gate: headers, caching, other sites, foreign hosts. A new one is judged strictly from its first day."""

import pytest
from flask import Flask

from runtime.shell.pace import policy_of
from tests.addresses import EVIL, METHODS, check_discipline, names_host, paths, variants, walk
from tests.http import forms_of
from tests.idgateway.login.conftest import client_keys, keyring, postbox_keyring, world  # noqa: F401 - fixtures
from tests.idgateway.login.world import ISSUER, World, hidden_fields, query_of

VALUES = {"provider": "bundid", "page": "impressum", "filename": "app.css"}
KEPT = {"shell.static": "the same for everybody, with a part of its hash in the address"}
READABLE = {
    "gate.configuration": "OpenID Connect Discovery 3, for applications that run in a browser",
    "gate.jwks": "the same",
    "gate.user": "OIDC Core 5.3; only who holds the token",
    "gate.ask_before_userinfo": "the question before it (Fetch 3.3.6)",
}
UNCOUNTED = {"gate-health.alive", "gate-health.ready", "gate-health.metrics", "shell.static"}


@pytest.fixture
def dialect() -> str:
    """What the addresses owe does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def app(world: World) -> Flask:  # noqa: F811
    return world.app


@pytest.mark.parametrize("logged_in", [False, True])
def test_every_answer_keeps_the_discipline(world: World, app: Flask, logged_in: bool):  # noqa: F811
    """R6, R7, R8, S16, S17: for a stranger, and for somebody who is logged in."""
    person = world.browser()
    if logged_in:
        person.login()
    walked = list(walk(app, person.http, VALUES, base_url=ISSUER))
    assert {one.endpoint for one in walked} > {"gate.authorize", "gate-machines.pushed_request", "gate-logout.logout"}
    for one in walked:
        check_discipline(one, kept=KEPT, readable=READABLE)
    assert {one.endpoint for one in walked if "Access-Control-Allow-Origin" in one.answer.headers} == set(READABLE)


def test_s15_no_address_believes_the_host_of_a_request(world: World, app: Flask):  # noqa: F811
    """S15: issuer, links and redirects come from the configuration, whatever Host or X-Forwarded-* say."""
    person = world.browser()
    forged = {"X-Forwarded-Host": EVIL, "X-Forwarded-For": EVIL, "Forwarded": f"host={EVIL}", "X-Original-URL": EVIL}
    for _, path in paths(app, VALUES):
        for variant in variants(path):
            for method in METHODS[:3]:
                answer = person.http.open(variant, method=method, base_url=f"https://{EVIL}", headers=forged)
                assert not names_host(answer), (method, variant)
    told = person.http.get("/.well-known/openid-configuration", base_url=f"https://{EVIL}").json
    assert told["issuer"] == ISSUER
    assert all(value.startswith(ISSUER) for name, value in told.items() if name.endswith(("_endpoint", "_uri")))
    request = person.request_of()
    page = person.http.get("/authorize", query_string=request, base_url=f"https://{EVIL}", headers=forged)
    assert page.status_code == 200
    assert person.deliver(world.providers["bundid"].answer(hidden_fields(page.text))).location.startswith(ISSUER)


def test_nobody_asks_uncounted(app: Flask):
    """Every address has its policy; those of whoever watches over the gate are kept inside by the proxy."""
    assert {rule.endpoint for rule in app.url_map.iter_rules() if not policy_of(app, rule.endpoint)} == {
        *UNCOUNTED,
        "static",
    }
    assert {policy_of(app, rule.endpoint) for rule in app.url_map.iter_rules()} == {"", "page", "call"}


@pytest.mark.parametrize("path", ["/token", "/par", "/introspect", "/revoke", "/userinfo", "/logout", "/authorize"])
def test_calls_have_no_more_than_64_kib(world: World, path: str):  # noqa: F811
    """What an application sends has a few KiB; only accounts' answers are larger."""
    person = world.browser()
    assert person.post(path, data={"token": "x" * 64 * 1024}).status_code == 413
    assert person.post(path, data={"token": "x" * 60 * 1024}).status_code != 413
    assert person.post("/saml/bundid/acs", data={"SAMLResponse": "x" * 65 * 1024}).status_code != 413


def test_r9_no_form_posts_into_a_script(world: World):  # noqa: F811
    """R9: form_post leads to a registered address alone, and its policy names no other target."""
    person = world.browser()
    for bad in ("javascript:alert(1)", "data:text/html,x", "JavaScript:alert(1)"):
        page = person.authorize(redirect_uri=bad, response_mode="form_post")
        assert page.status_code == 400
        assert "<form" not in page.text
        assert "form-action 'self';" in page.headers["Content-Security-Policy"]
    page = person.authorize(response_mode="form_post", prompt="none")
    assert forms_of(page.text)[0]["action"] == "http://localhost:8083/callback"
    assert "form-action 'self' http://localhost:8083;" in page.headers["Content-Security-Policy"]


def test_r5_a_state_is_good_for_one_browser_and_one_login(world: World):  # noqa: F811
    """R5, towards the account: its state ends with the login, belongs to one browser, and cannot be left out."""
    person = world.browser()
    page = person.authorize()
    answer = world.providers["bundid"].answer(hidden_fields(page.text))
    assert person.deliver({**answer, "RelayState": ""}).status_code == 400
    assert person.deliver({**answer, "RelayState": "invented"}).status_code == 400
    there = person.deliver(answer)
    handle = there.location.removeprefix(ISSUER)
    assert world.browser().get(handle).status_code == 400
    page = person.authorize()
    there = person.deliver(world.providers["bundid"].answer(hidden_fields(page.text)))
    handle = there.location.removeprefix(ISSUER)
    assert query_of(person.get(handle).location)["state"] == person.state
    assert person.deliver(answer).status_code == 400  # of the login that the other browser ended
