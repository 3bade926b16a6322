"""The modules of the FAPI 2.0 plans about pushed requests, each by its name."""

import pytest

from idgateway.provider.par import LIFETIME
from tests.idgateway.conformance.fapi import FORMS, denied, finished, form_of, is_page, person_of, reference
from tests.idgateway.login.world import CALLBACK, ISSUER, Person, World, query_of


@pytest.fixture
def dialect() -> str:
    """Races and stores have their own tests on both engines."""
    return "sqlite"


@pytest.fixture(params=FORMS)
def person(world: World, request: pytest.FixtureRequest) -> Person:
    """A browser, and the fapi2 client that sent it."""
    return person_of(world, request.param)


def test_fapi2_security_profile_final_par_without_duplicate_parameters(person: Person):
    """The browser brings client_id and request_uri, nothing else."""
    query = {"client_id": "fapi", "request_uri": reference(person)}
    assert "code" in finished(person, person.get("/authorize", query_string=query))


def test_fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(person: Person):
    """Opened twice before the login; the second one completes."""
    request_uri = reference(person)
    person.open(request_uri, "fapi")
    assert "code" in finished(person, person.open(request_uri, "fapi"))


def test_fapi2_security_profile_final_ensure_registered_redirect_uri(person: Person):
    """An address that is not registered: the push is refused."""
    assert denied(person, redirect_uri="https://evil.example/") == "invalid_request"


def test_fapi2_security_profile_final_plain_fapi_tolerate_unregistered_redirect_uri(person: Person):
    """RFC 9126 2.4 would let the push decide; ours takes registered ones alone, character for character."""
    assert denied(person, redirect_uri=f"{CALLBACK}?x=1") == "invalid_request"


def test_fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request(person: Person):
    """No address at all, though only one is registered."""
    assert denied(person, redirect_uri=None) == "invalid_request"


def test_fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails(person: Person):
    """Nor does an address help that the browser brings beside it."""
    answer = person.call("/par", "fapi", form_of(person, redirect_uri=None))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails(person: Person):
    """Outside PAR: invalid_request, told at the proven address."""
    back = person.get("/authorize", query_string=person.request_of("fapi"))
    assert query_of(back.location)["error"] in ("invalid_request", "invalid_request_object")


def test_fapi2_security_profile_final_par_ensure_pkce_required(person: Person):
    """No challenge at the push."""
    assert denied(person, code_challenge=None, code_challenge_method=None) == "invalid_request"


def test_fapi2_security_profile_final_par_plain_pkce_rejected(person: Person):
    """The method plain protects nobody."""
    assert denied(person, code_challenge=person.verifier[:43], code_challenge_method="plain") == "invalid_request"


def test_fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param(person: Person):
    """request_uri in the form of a push."""
    assert denied(person, request_uri=reference(person)) == "invalid_request"


def test_fapi2_security_profile_final_par_attempt_invalid_http_method(person: Person):
    """An HTTP error, for whatever is no POST."""
    for method in ("GET", "PUT", "DELETE"):
        assert person.http.open("/par", base_url=ISSUER, method=method).status_code == 405


def test_fapi2_security_profile_final_par_attempt_reuse_request_uri(person: Person):
    """After completion: an error, also in a browser that would have to log in first."""
    request_uri = reference(person)
    finished(person, person.open(request_uri, "fapi"))
    for browser in (person, person.world.browser()):
        assert is_page(browser.open(request_uri, "fapi"))


def test_fapi2_security_profile_final_par_attempt_to_use_expired_request_uri(person: Person):
    """Expired: an error."""
    request_uri = reference(person)
    person.world.clock.turn(seconds=LIFETIME.total_seconds())
    assert is_page(person.open(request_uri, "fapi"))


def test_fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client(person: Person):
    """By client 2: an error."""
    assert is_page(person.open(reference(person), "urkunde"))
