"""E7: whatever bytes reach the endpoints of applications, the answer is one of ours and never a fault of ours."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws

from idgateway.provider.par import PREFIX
from tests.addresses import paths
from tests.idgateway.login.world import CALLBACK, ISSUER, World
from tests.idgateway.registration.applicant import Applicant, metadata
from tests.odd import ODD, SEGMENTS, UNSHRUNK, Odd, check_is_ours, codes_of, everywhere
from tests.proofs import Anything, proof_of

METADATA = (
    *(
        "redirect_uris",
        "jwks",
        "jwks_uri",
        "sector_identifier_uri",
        "initiate_login_uri",
        "request_uris",
        "client_name",
    ),
    *("post_logout_redirect_uris", "backchannel_logout_uri", "token_endpoint_auth_method", "grant_types", "scope"),
    *(
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "response_types",
        "require_signed_request_object",
    ),
    *("logo_uri", "client_uri", "subject_type", "application_type", "default_max_age"),
)
NAMES = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "claims",
    "acr_values",
    "id_token_hint",
    "login_hint",
    "ui_locales",
    "display",
    "request",
    "request_uri",
    "registration",
    "account",
    "dpop_jkt",
    "client_assertion",
    "client_assertion_type",
    "client_secret",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
]
WORDS = (
    *("urkunde", "basic", "fapi", CALLBACK, "code", "form_post", "jwt", "openid", "S256", "none", "login", "5", "{}"),
    *(
        '{"id_token":{"sub":{"value":1}}}',
        '{"userinfo":{"verified_claims":[1]}}',
        '{"id_token":{"acr":{"values":[[]]}}}',
    ),
    *(
        "e30.e30.AA",
        "W10.e30.AA",
        "eyJhbGciOiJub25lIn0.e30.",
        PREFIX,
        PREFIX + "x",
        "authorization_code",
        "\x00",
        "\ud7ff",
    ),
)
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=40),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["id_token", "userinfo", "acr", "sub", "value"]), inner, max_size=3)
        ),
        max_leaves=6,
    ).map(json.dumps),
)
FORMS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=8)
HEADERS = st.dictionaries(
    st.sampled_from(["Authorization", "DPoP"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
    | st.sampled_from(
        ["Basic Og==", "Basic YmFzaWM6eA==", "DPoP x", "Bearer e30.e30.AA", "eyJqd2siOnsia3R5IjoiRUMifX0.e30.AA"]
    ),
)


@pytest.fixture
def dialect() -> str:
    """What cannot be read never reaches the database."""
    return "sqlite"


@pytest.mark.parametrize("path", ["/par", "/token", "/userinfo", "/introspect", "/revoke", "/authorize"])
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=FORMS, headers=HEADERS, honest=st.booleans())
def test_e7_no_request_is_a_fault_of_ours(world: World, path: str, pairs: list, headers: dict, honest: bool):
    """Known names, odd values, half an honest request: below 500, no session, no secret word of Python's."""
    person = world.browser()
    begun = {**person.request_of(), **(person.proof() if path != "/authorize" else {})} if honest else {}
    form = [*((name, value) for name, value in begun.items() if name not in dict(pairs)), *pairs]
    answer = person.http.post(path, data=_multi(form), headers=headers, base_url=ISSUER)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    assert "__Host-gate=" not in str(answer.headers.getlist("Set-Cookie"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
CLAIMS = st.dictionaries(st.sampled_from([*NAMES, "iss", "aud", "exp", "nbf", "iat", "jti", "sub", "htm", "htu"]), JSON)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=CLAIMS, head=st.dictionaries(st.sampled_from(["typ", "kid", "jwk", "crit"]), JSON, max_size=2))
def test_e7_whatever_a_client_signs_is_no_fault_of_ours(world: World, claims: dict, head: dict):
    """Request objects, assertions and proofs that are signed rightly and say anything at all."""
    person, key = world.browser(), world.keys["urkunde"]
    now = int(world.clock.now.timestamp())
    usual = {"iss": "urkunde", "sub": "urkunde", "aud": ISSUER, "jti": "x", "iat": now, "exp": now + 60}
    odd = jws.serialize_compact(
        {"alg": "ES256", "kid": "urkunde", **head}, json.dumps({**usual, **claims}).encode(), key, registry=Anything()
    )
    proof = proof_of(f"{ISSUER}/token", world.clock.now, head=head, **claims)
    request = {"client_id": "urkunde", "redirect_uri": CALLBACK, "response_type": "code", "request": odd}
    answers = [
        person.get("/authorize", query_string=request),
        person.post("/par", data={**request, **person.proof()}, headers={"DPoP": proof}),
        person.post("/token", data={**person.proof(), "client_assertion": odd}, headers={"DPoP": proof}),
        person.get("/authorize", query_string=person.request_of(id_token_hint=odd)),
    ]
    assert all(answer.status_code < 500 for answer in answers)


@pytest.mark.parametrize("logged_in", [False, True])
@settings(max_examples=6, deadline=None, phases=UNSHRUNK, suppress_health_check=list(HealthCheck))
@given(odd=ODD, segment=SEGMENTS)
def test_e7_no_address_breaks_whatever_it_is_sent(world: World, logged_in: bool, odd: Odd, segment: str):
    """Each address of the gate, a new one from its first day: odd methods, headers, encodings, types and bodies."""
    given = {**dict.fromkeys(("provider", "handle", "ticket", "filename"), segment), "page": "impressum"}
    real = {"provider": "bundid", "filename": "app.css", "page": "impressum"}
    known = {path for values in (given, real) for _, path in paths(world.app, values)} | {"/", f"/{segment}"}
    person = world.browser()
    if logged_in:
        person.login()
    for path in sorted(known):
        for one in everywhere(odd):
            check_is_ours(one.sent(person.http, path, base_url=ISSUER), codes_of("idgateway", "runtime"))


SAID = st.dictionaries(
    st.sampled_from([*METADATA, "x", "client_name#de"]),
    JSON | st.sampled_from(["https://rp.example/", "ES256", "private_key_jwt", ["authorization_code"], [CALLBACK]]),
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=SAID, honest=st.booleans())
def test_e7_whatever_an_application_says_of_itself_is_no_fault_of_ours(world: World, said: dict, honest: bool):
    """With an invitation that never ends: registered, or refused with a name for it."""
    applicant = Applicant(world)
    begun = metadata() if honest else {}
    answer = applicant.http.post("/register", json={**begun, **said}, **applicant.shown)
    assert answer.status_code in (201, 400)
    assert answer.json.get("error", "") in ("", "invalid_redirect_uri", "invalid_client_metadata")


def _multi(pairs: list) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form
