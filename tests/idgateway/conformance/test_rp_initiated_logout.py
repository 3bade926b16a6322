"""Plan oidcc-rp-initiated-logout-certification-test-plan: each module by its name, with its exact expectation."""

import base64
import json

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from tests.http import forms_of
from tests.idgateway.login.world import GOODBYE, ISSUER, Person, World, query_of

STATE = "state-of-the-logout & more"


def leave(person: Person, *, by: str = "get", **given) -> TestResponse:
    """A logout request; None leaves a parameter out."""
    values = {name: value for name, value in given.items() if value is not None}
    if by == "post":
        return person.post("/logout", data=values)
    return person.get("/logout", query_string=values)


def is_logged_in(person: Person, client_id: str = "urkunde") -> bool:
    """Whether prompt=none succeeds."""
    return "code" in query_of(person.authorize(client_id, prompt="none").location)


def confirmed(person: Person, page: TestResponse, which: str) -> TestResponse:
    """The person presses a button of the page."""
    (form,) = (one for one in forms_of(page.text) if one["action"].endswith("/logout/confirm"))
    return person.post("/logout/confirm", data={**form["fields"], "which": which})


def is_page(answer: TestResponse) -> bool:
    """A page of ours, and no way on."""
    return answer.mimetype == "text/html" and "Location" not in answer.headers and answer.status_code in (200, 400)


@pytest.fixture
def person(world: World) -> Person:
    """Somebody who is logged in, with the application's ID token in ``hint``."""
    someone = world.browser()
    someone.hint = someone.lasting()["id_token"]
    assert is_logged_in(someone)
    return someone


@pytest.mark.parametrize("by", ["get", "post"])
def test_oidcc_rp_initiated_logout(person: Person, by: str):
    """Back to the registered address with the exact state and nothing else; afterwards prompt=none fails."""
    answer = leave(person, by=by, id_token_hint=person.hint, post_logout_redirect_uri=GOODBYE, state=STATE)
    assert answer.status_code == 303
    assert answer.location.partition("?")[0] == GOODBYE
    assert query_of(answer.location) == {"state": STATE}
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_logged_in(person)
    assert query_of(person.authorize(prompt="none").location)["error"] == "login_required"


def test_oidcc_rp_initiated_logout_no_state(person: Person):
    """Without state none comes back."""
    answer = leave(person, id_token_hint=person.hint, post_logout_redirect_uri=GOODBYE)
    assert answer.location == GOODBYE
    assert not is_logged_in(person)


@pytest.mark.parametrize(
    "uri", ["http://localhost:8083/elsewhere", "https://evil.example/", f"{GOODBYE}/", "javascript:alert(1)", "//evil"]
)
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(person: Person, uri: str):
    """An address that is not registered: no redirect, a question, and the login is still there until it is answered."""
    answer = leave(person, id_token_hint=person.hint, post_logout_redirect_uri=uri, state=STATE)
    assert is_page(answer)
    assert answer.status_code == 400
    assert uri not in answer.text
    assert is_logged_in(person)
    done = confirmed(person, answer, "urkunde")
    assert is_page(done)
    assert not is_logged_in(person)


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(person: Person):
    """A registered address with ?foo=bar is another address."""
    answer = leave(person, id_token_hint=person.hint, post_logout_redirect_uri=f"{GOODBYE}?foo=bar", state=STATE)
    assert is_page(answer)
    assert answer.status_code == 400


def test_oidcc_rp_initiated_logout_no_id_token_hint(person: Person):
    """Without a hint nobody is led anywhere and nothing ends before the person says so; not even with client_id."""
    for given in ({}, {"client_id": "urkunde"}):
        answer = leave(person, post_logout_redirect_uri=GOODBYE, state=STATE, **given)
        assert is_page(answer)
        assert is_logged_in(person)
    assert is_page(confirmed(person, answer, "urkunde"))
    assert not is_logged_in(person)


def test_oidcc_rp_initiated_logout_bad_id_token_hint(person: Person):
    """Signed again by a foreign key, changed, for another issuer, or no ID token at all: no redirect, a question."""
    head, body, signature = person.hint.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    stranger = ECKey.generate_key("P-256")
    kid = json.loads(base64.urlsafe_b64decode(head + "=="))["kid"]
    changed = base64.urlsafe_b64encode(json.dumps({**claims, "aud": "wohngeld"}).encode()).decode().rstrip("=")
    forged = [
        jwt.encode({"alg": "ES256", "kid": kid, "typ": "JWT"}, claims, stranger),
        f"{head}.{changed}.{signature}",
        f"{head}.{body}.",
        "x",
        person.lasting(prompt="login")["access_token"],
    ]
    for hint in forged:
        answer = leave(person, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state=STATE)
        assert is_page(answer), hint
        assert answer.status_code == 400
        assert is_logged_in(person)


def test_oidcc_rp_initiated_logout_modified_id_token_hint(person: Person):
    """The hint with its algorithm changed to none."""
    _, body, _ = person.hint.split(".")
    for name in ("none", "None", "nOnE"):
        head = base64.urlsafe_b64encode(json.dumps({"alg": name, "typ": "JWT"}).encode()).decode().rstrip("=")
        answer = leave(person, id_token_hint=f"{head}.{body}.", post_logout_redirect_uri=GOODBYE)
        assert is_page(answer)
        assert is_logged_in(person)


def test_oidcc_rp_initiated_logout_no_params(person: Person):
    """Nothing at all: a question, then the page that says what is still open."""
    page = leave(person)
    assert page.status_code == 200
    done = confirmed(person, page, "everywhere")
    assert done.status_code == 200
    assert "Sie sind abgemeldet" in done.text
    assert "Urkunde" in done.text
    assert "bundid" in done.text
    assert not is_logged_in(person)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(person: Person):
    """A hint alone: logged out at once, on our own page, with the way to the application's own start page."""
    answer = leave(person, id_token_hint=person.hint, state=STATE)
    assert answer.status_code == 200
    assert "Sie sind abgemeldet" in answer.text
    assert 'href="http://localhost:8083/"' in answer.text
    assert not is_logged_in(person)


def test_oidcc_rp_initiated_logout_only_state(person: Person):
    """State alone is like nothing at all."""
    page = leave(person, state=STATE)
    assert is_page(page)
    assert STATE not in page.text
    assert is_page(confirmed(person, page, "urkunde"))
    assert not is_logged_in(person)


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(world: World):
    """What the plan needs stands in discovery and is there."""
    found = world.browser().get("/.well-known/openid-configuration").json
    assert found["end_session_endpoint"] == f"{ISSUER}/logout"
    assert world.browser().get("/logout").status_code == 200
