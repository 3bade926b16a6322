"""What machines get when they ask in the wrong way: JSON, never a page, and no error code before they identified."""

import pytest

from tests.idgateway.login.world import World


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("get", "/token", {}, 405),
        ("put", "/token", {}, 405),
        ("post", "/token", {"data": {"grant_type": "x" * 600_000}}, 413),
        ("post", "/userinfo", {"data": {"access_token": "x" * 600_000}}, 413),
        ("delete", "/userinfo", {}, 405),
        ("post", "/jwks", {}, 405),
        ("get", "/.well-known/nowhere", {}, 404),
    ],
    ids=str,
)
def test_a_machine_address_never_answers_with_a_page(world: World, method, path, options, status):
    """A problem document with the error number, though a browser's Accept is sent; beside it a page stays a page."""
    person = world.browser()
    headers = {"Accept": "text/html,application/xhtml+xml"}
    answer = getattr(person.http, method)(path, base_url="http://localhost:8080", headers=headers, **options)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["error_id"] == answer.headers["X-Request-ID"]
    assert person.get("/nowhere", headers=headers).mimetype == "text/html"


def test_userinfo_without_a_token_tells_no_error_code(world: World):
    """RFC 6750 3.1: nothing brought, nothing told but the scheme; a token that opens nothing is invalid_token."""
    person = world.browser()
    for nothing in ({}, {"headers": {"Authorization": "Bearer "}}, {"headers": {"Authorization": "Basic eDp5"}}):
        bare = person.get("/userinfo", **nothing)
        assert (bare.status_code, bare.headers["WWW-Authenticate"], bare.text) == (401, "Bearer", "")
    wrong = person.userinfo("opens-nothing")
    assert wrong.status_code == 401
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
