"""Attacks on the authorization endpoint (catalogue D1, D2), each beside the request that is right."""

import pytest

from tests.idgateway.login.world import CALLBACK, ISSUER, World, query_of


@pytest.fixture
def dialect() -> str:
    """The checks of a request do not reach the database: one engine is enough."""
    return "sqlite"


# R1: spellings that other comparisons take for the registered address.
OTHER_ADDRESSES = [
    "http://localhost:8083/callback/",
    "http://localhost:8083/Callback",
    "http://localhost:8083/%2e%2e/callback",
    "http://localhost:8083/..;/callback",
    "http://localhost:8083//callback",
    "http://localhost:8083\\callback",
    "http://localhost:8083@evil.example/callback",
    "http://localhost:80@evil.example/callback",
    "https://localhost:8083/callback",
    "http://127.0.0.1:8083/callback",
    "http://localhost:8084/callback",
    "http://localhost:8083/callback#x",
    "http://localhost:8083/callback?x=1",
    "http://lоcalhost:8083/callback",  # a Cyrillic o
    " http://localhost:8083/callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "",
]


def test_the_registered_address_is_answered(world: World):
    """The positive twin: exactly this address, and an error would be told there."""
    person = world.browser()
    assert person.authorize().status_code == 200
    back = person.authorize(response_type="token")
    assert back.status_code == 303
    assert back.location.startswith(CALLBACK + "?")


@pytest.mark.parametrize("uri", OTHER_ADDRESSES)
def test_r1_another_address_gets_a_page_and_never_a_redirect(world: World, uri: str):
    """R1: any other spelling of the redirect URI ends on a page."""
    page = world.browser().authorize(redirect_uri=uri)
    assert page.status_code == 400
    assert "redirect-not-registered" in page.text
    assert "Location" not in page.headers


@pytest.mark.parametrize(
    "fault",
    [
        {"response_type": "token"},
        {"scope": "profile"},
        {"code_challenge": None},
        {"prompt": "none"},
        {"request": "x.y.z"},
    ],
)
def test_r2_no_fault_opens_a_redirect_to_an_unproven_address(world: World, fault: dict):
    """R2: with an evil address, or an unknown client, every further fault still ends on a page."""
    person = world.browser()
    assert person.authorize(**fault).status_code == 303  # told at the registered address
    assert person.authorize(**fault, redirect_uri="https://evil.example/").status_code == 400
    unknown = person.authorize(**fault | {"client_id": "nobody"}, redirect_uri="https://evil.example/")
    assert unknown.status_code == 400
    assert "unknown-client" in unknown.text
    missing = person.authorize(**fault, redirect_uri=None)
    assert missing.status_code == 400


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_r10_a_repeated_client_or_address_gets_a_page(world: World, name: str):
    """R10: two client_ids or redirect URIs, even equal ones: nobody knows which was meant."""
    person = world.browser()
    given = [*person.request_of().items()]
    page = person.get("/authorize", query_string=[*given, (name, dict(given)[name])])
    assert page.status_code == 400
    assert "Location" not in page.headers


@pytest.mark.parametrize("name", ["scope", "state", "nonce", "code_challenge", "response_type", "acr_values"])
def test_r10_any_other_repeated_parameter_is_an_invalid_request(world: World, name: str):
    """R10: RFC 6749 3.1, also where one stands in the query and one in the form; a doubtful state is not sent back."""
    person = world.browser()
    given = {**person.request_of(), "acr_values": "x"}
    twice = person.get("/authorize", query_string=[*given.items(), (name, given[name])])
    mixed = person.post("/authorize", query_string={name: given[name]}, data=given)
    for back in (twice, mixed):
        answer = query_of(back.location)
        assert answer["error"] == "invalid_request"
        assert answer["iss"] == ISSUER
        assert answer.get("state") == (None if name == "state" else person.state)
    assert person.post("/authorize", data=person.request_of(), follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),  # P1
        ({"code_challenge_method": "plain"}, "invalid_request"),  # P3
        ({"code_challenge_method": None}, "invalid_request"),  # P3: the default would be plain
        ({"code_challenge": None}, "invalid_request"),  # P5
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "+" * 43}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "hello"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"request": "x.y.z"}, "invalid_request_object"),
        ({"id_token_hint": "x.y.z"}, "invalid_request"),
        ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": '{"userinfo": 1}'}, "invalid_request"),
        ({"claims": "[" * 2000}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
        ({"nonce": "a\x00b"}, "invalid_request"),
        ({"account": "staff"}, "invalid_request"),
        (
            {"claims": '{"id_token": {"acr": {"essential": true, "value": "urn:loa:moon"}}}'},
            "unmet_authentication_requirements",
        ),
    ],
)
def test_each_check_answers_with_its_own_error(world: World, fault: dict, error: str):
    """The ordered checks: the fault, its OAuth error, state and iss at the client's address."""
    answer = query_of(world.browser().authorize(**fault).location)
    assert answer["error"] == error
    assert answer["state"] == "state-of-the-application"
    assert answer["iss"] == ISSUER


def test_nothing_of_the_request_is_repeated_in_the_error(world: World):
    """An error description is ours alone: no reflected text for anyone to play with."""
    back = world.browser().authorize(prompt="<script>alert(1)</script>")
    assert "alert" not in back.location


def test_a_state_is_given_back_exactly(world: World):
    """State is opaque: signs that mean something in URLs survive."""
    person = world.browser()
    assert person.login(state="a b&c=d#e%20ü")["state"] == "a b&c=d#e%20ü"


def test_scopes_that_were_not_agreed_are_left_out(world: World):
    """Unagreed scopes are left out silently, as OpenID Connect says; agreed ones stay."""
    person = world.browser()
    tokens = person.redeem(person.login(scope="openid admin profile")["code"]).json
    assert tokens["scope"] == "openid profile"
