"""The way an application hears its answer: by redirect, or by a form the browser posts (Form Post Response Mode)."""

from urllib.parse import urlsplit

import pytest

from tests.http import forms_of
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World


@pytest.fixture
def dialect() -> str:
    """How an answer travels does not depend on the engine."""
    return "sqlite"


def posted(page) -> dict:
    """The fields of the one form that posts itself to the application."""
    assert page.status_code == 200
    assert "Location" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    (form,) = [form for form in forms_of(page.text) if form["action"] == CALLBACK]
    assert form["method"].lower() == "post"
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost:8083;" in policy
    assert "script-src 'nonce-" in policy
    assert "<button" in page.text
    return form["fields"]


def logged_in(person: Person, **changes):
    """The last page of a login."""
    there = person.answered(person.authorize(response_mode="form_post", **changes))
    return person.get(urlsplit(there.location).path)


def test_a_code_is_posted(world: World):
    """Code, state and iss as fields, nothing in an address, and the code is worth its tokens."""
    person = world.browser()
    fields = posted(logged_in(person, state='a"b<c'))
    assert fields.keys() == {"code", "state", "iss"}
    assert (fields["state"], fields["iss"]) == ('a"b<c', ISSUER)
    assert person.redeem(fields["code"]).status_code == 200


def test_a_code_from_a_session_is_posted(world: World):
    """A login that needs none is answered the same way."""
    person = world.browser()
    person.login()
    assert "code" in posted(person.authorize(response_mode="form_post", prompt="none"))


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"prompt": "none"}, "login_required"), ({"scope": "x"}, "invalid_scope"), ({"max_age": "x"}, "invalid_request")],
)
def test_an_error_is_posted_too(world: World, fault: dict, error: str):
    """Faults go the way the client asked for; without the mode they go in the query."""
    person = world.browser()
    fields = posted(person.authorize(response_mode="form_post", **fault))
    assert (fields["error"], fields["state"], fields["iss"]) == (error, person.state, ISSUER)
    assert person.authorize(**fault).status_code == 303


def test_a_login_that_was_cancelled_is_posted(world: World):
    """What the account refused is told by POST as well."""
    person = world.browser()
    there = person.answered(person.authorize(response_mode="form_post"), cancelled=True)
    assert posted(person.get(urlsplit(there.location).path))["error"] == "access_denied"


def test_a_page_of_ours_has_a_button_that_posts(world: World):
    """Where a person reads first why there is no login, the way back is a form."""
    person = world.browser()
    there = person.answered(person.authorize(response_mode="form_post"), level=1)
    page = person.get(urlsplit(there.location).path)
    assert page.status_code == 403
    (form,) = [form for form in forms_of(page.text) if form["action"] == CALLBACK]
    assert form["fields"]["error"] == "unmet_authentication_requirements"
    assert "form-action 'self' http://localhost:8083;" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("mode", ["fragment", "web_message", "form_post.jwt", "FORM_POST"])
def test_other_modes_are_refused_in_the_query(world: World, mode: str):
    """Told where it is sure to be heard."""
    assert "error=invalid_request" in world.browser().authorize(response_mode=mode).location


def test_an_unproven_address_gets_a_page_in_every_mode(world: World):
    """R9: nothing is ever posted to an address that is not registered."""
    page = world.browser().authorize(response_mode="form_post", redirect_uri="javascript:alert(1)")
    assert page.status_code == 400
    assert "javascript:" not in page.text
