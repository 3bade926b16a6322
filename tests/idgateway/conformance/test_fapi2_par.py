"""Plan fapi2-security-profile-final: the modules about pushed requests and client assertions, each by its name."""

import pytest
from joserfc.jwk import ECKey

from idgateway.provider.par import LIFETIME
from tests.idgateway.conformance.fapi import denied, finished, is_page, logged_in, reference
from tests.idgateway.login.world import ISSUER, Person, World, query_of


@pytest.fixture
def dialect() -> str:
    """Races and stores have their own tests on both engines."""
    return "sqlite"


@pytest.fixture
def person(world: World) -> Person:
    """A browser, and the fapi2 client that sent it."""
    return world.browser()


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
    assert denied(person, redirect_uri=None) == "invalid_request"


def test_fapi2_security_profile_final_ensure_unsigned_request_without_par_fails(person: Person):
    """Outside PAR: invalid_request, told at the proven address."""
    back = person.get("/authorize", query_string=person.request_of("fapi"))
    assert query_of(back.location)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "change", [{"code_challenge": None, "code_challenge_method": None}, {"code_challenge_method": "plain"}]
)
def test_fapi2_security_profile_final_par_ensure_pkce_required(person: Person, change: dict):
    """Missing or plain at the push: invalid_request."""
    assert denied(person, **change) == "invalid_request"


@pytest.mark.parametrize("path", ["/par", "/token"])
@pytest.mark.parametrize(
    "change",
    [
        {"exp": -300},
        {"aud": "https://other.example"},
        {"aud": f"{ISSUER}/par"},
        {"aud": f"{ISSUER}/token"},
        {"aud": [ISSUER]},
        {"sub": None},
        {"iat": 90},
        {"nbf": 90},
    ],
    ids=str,
)
def test_fapi2_security_profile_final_client_assertion_negative_tests(person: Person, path: str, change: dict):
    """Expired, for others, as a list, without subject, from the future: invalid_client at both endpoints; +8 s is fine."""
    now = int(person.world.clock.now.timestamp())
    faulty = {name: now + value if isinstance(value, int) else value for name, value in change.items()}
    form = {**person.request_of("fapi"), "grant_type": "authorization_code", "code": "x"}
    refused = person.call(path, "fapi", {**form, **person.proof("fapi", **faulty)})
    assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
    fine = person.call(path, "fapi", {**form, **person.proof("fapi", iat=now + 8, nbf=now + 8)})
    assert fine.json.get("error") in (None, "invalid_grant")


def test_fapi2_security_profile_final_par_pushed_authorization_url_as_audience_fails(person: Person):
    """The push's own address is no audience."""
    assert denied(person, **person.proof("fapi", aud=f"{ISSUER}/par")) == "invalid_client"


def test_fapi2_security_profile_final_par_ensure_request_uri_not_accepted(person: Person):
    """request_uri inside a push."""
    assert denied(person, request_uri=reference(person)) == "invalid_request"


def test_fapi2_security_profile_final_par_endpoint_rejects_get(person: Person):
    """An HTTP error."""
    assert person.get("/par").status_code == 405


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


def test_fapi2_security_profile_final_dpop_jkt_mismatch(person: Person):
    """dpop_jkt of another key than the proof at the push, and another key at the token endpoint."""
    form = {**person.request_of("fapi"), **person.proof("fapi")}
    other = ECKey.generate_key("P-256").thumbprint()
    headers = {"DPoP": person.dpop("POST", "/par")}
    answer = person.post("/par", data={**form, "dpop_jkt": other}, headers=headers)
    assert answer.json["error"] in ("invalid_request", "invalid_dpop_proof")
    code = logged_in(person, dpop_jkt=other)["code"]
    assert person.redeem(code, "fapi").json["error"] == "invalid_grant"
