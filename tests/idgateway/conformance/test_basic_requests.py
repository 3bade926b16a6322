"""Plans oidcc-basic and oidcc-formpost-basic: the modules about requests, each by its name and in both ways to answer."""

import json

import pytest

from idgateway.attributes import CLAIMS, attributes_for
from tests.idgateway.conformance.relying_party import RelyingParty
from tests.idgateway.login.world import CALLBACK, World, challenge_of

PROFILE = {"given_name", "family_name", "birthdate", "address", "email", "phone_number", "nationalities"}


@pytest.fixture
def dialect() -> str:
    """What is asked and how it is answered does not depend on the engine; races and stores have their own tests."""
    return "sqlite"


@pytest.fixture(params=["query", "form_post"])
def rp(request: pytest.FixtureRequest, world: World) -> RelyingParty:
    """The suite's first client."""
    return RelyingParty(world, mode=request.param)


def brought(rp: RelyingParty, scope: str) -> set[str]:
    """The personal claims of userinfo; they are at userinfo only, and the account was asked for nothing more."""
    claims, told = rp.whole(scope=scope)
    assert not PROFILE & claims.keys()
    wanted = attributes_for(told.keys() & set(CLAIMS), guests_welcome=False, postbox=False)
    asked = rp.world.providers["bundid"].asks[-1].attributes
    assert set(asked) == set(wanted)
    return set(told.keys() & set(CLAIMS))


def test_oidcc_server(rp: RelyingParty):
    """The plain flow, with two clients."""
    claims, told = rp.whole()
    assert claims["sub"] == told["sub"]
    second = RelyingParty(rp.world, mode=rp.mode, client_id="post")
    assert second.whole()[0]["aud"] == "post"


def test_oidcc_response_type_missing(rp: RelyingParty):
    """ERR(unsupported_response_type or invalid_request)."""
    assert rp.silently(response_type=None)["error"] in ("unsupported_response_type", "invalid_request")


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(rp: RelyingParty):
    """No nonce in, no nonce out."""
    tokens = rp.tokens(rp.login(nonce=None)["code"])
    rp.nonce = ""
    assert "nonce" not in rp.id_token(tokens)


def test_oidcc_scope_profile(rp: RelyingParty):
    """Claims at userinfo, none of them in the ID token."""
    claims, told = rp.whole(scope="openid profile")
    assert told["given_name"] == "Erika"
    assert not {"email", "phone_number", "address"} & told.keys()
    assert not PROFILE & claims.keys()


def test_oidcc_scope_email(rp: RelyingParty):
    """The e-mail address, and nothing else."""
    assert brought(rp, "openid email") == {"email"}


def test_oidcc_scope_address(rp: RelyingParty):
    """The address, and nothing else."""
    assert brought(rp, "openid address") == {"address"}


def test_oidcc_scope_phone(rp: RelyingParty):
    """The telephone number, and nothing else."""
    assert brought(rp, "openid phone") == {"phone_number"}


def test_oidcc_scope_all(rp: RelyingParty):
    """All of them at once; openid alone, their twin, brings nothing."""
    assert brought(rp, "openid profile email address phone") >= PROFILE
    assert brought(RelyingParty(rp.world, mode=rp.mode), "openid") == set()


def test_oidcc_alternate_happy_flow(rp: RelyingParty):
    """Scopes reversed, parameters in another order."""
    given = rp.parameters(scope="profile openid")
    page = rp.person.get("/authorize", query_string=dict(reversed(given.items())))
    assert rp.id_token(rp.tokens(rp.heard(rp.authenticate(page))["code"]))


def test_oidcc_display_page(rp: RelyingParty):
    """No error."""
    rp.whole(display="page")


def test_oidcc_display_popup(rp: RelyingParty):
    """No error."""
    rp.whole(display="popup")


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(rp: RelyingParty):
    """Ignored."""
    rp.whole(extra="foobar")


def test_oidcc_id_token_hint(rp: RelyingParty):
    """prompt=none with the ID token of the first login: silent, the same person."""
    tokens = rp.tokens(rp.login()["code"])
    first = rp.id_token(tokens)
    second = rp.id_token(rp.tokens(rp.silently(prompt="none", id_token_hint=tokens["id_token"])["code"]))
    assert second["sub"] == first["sub"]


def test_oidcc_login_hint(rp: RelyingParty):
    """No error."""
    rp.whole(login_hint="buffy@localhost")


def test_oidcc_ui_locales(rp: RelyingParty):
    """No error for a language nobody here speaks."""
    rp.whole(ui_locales="se")


def test_oidcc_claims_locales(rp: RelyingParty):
    """No error."""
    rp.whole(claims_locales="se")


def test_oidcc_ensure_request_with_acr_values_succeeds(rp: RelyingParty):
    """All that discovery lists; the one reached is among them."""
    listed = rp.person.get("/.well-known/openid-configuration").json["acr_values_supported"]
    claims, _ = rp.whole(acr_values=" ".join(listed))
    assert claims["acr"] in listed


def test_oidcc_ensure_registered_redirect_uri(rp: RelyingParty):
    """A registered address with something added: PAGE."""
    page = rp.ask(redirect_uri=f"{CALLBACK}/foobar")
    assert page.status_code == 400
    assert "Location" not in page.headers
    assert CALLBACK not in page.text


def test_oidcc_ensure_post_request_succeeds(rp: RelyingParty):
    """The request as a form; it comes from another site, so the browser is asked to come back with its cookies."""
    page = rp.person.post("/authorize", data=rp.parameters(), follow_redirects=True)
    assert rp.id_token(rp.tokens(rp.heard(rp.authenticate(page))["code"]))


def test_oidcc_server_client_secret_post(world: World):
    """The secret in the form."""
    RelyingParty(world, client_id="post").whole()


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(rp: RelyingParty):
    """ERR(request_uri_not_supported)."""
    assert rp.silently(request_uri="https://localhost:8443/r.jwt")["error"] == "request_uri_not_supported"


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(rp: RelyingParty):
    """ERR(request_not_supported), never ignored."""
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdGF0ZSI6Imluc2lkZSJ9."
    assert rp.silently(request=unsigned)["error"] == "request_not_supported"


def test_oidcc_claims_essential(rp: RelyingParty):
    """An essential claim is delivered at userinfo, and what was not asked for is not."""
    _, told = rp.whole(scope="openid", claims=json.dumps({"userinfo": {"given_name": {"essential": True}}}))
    assert told["given_name"] == "Erika"
    assert "family_name" not in told


def test_oidcc_ensure_request_object_with_redirect_uri(rp: RelyingParty):
    """A bad address outside an object that is not supported: PAGE, and never a default address."""
    page = rp.ask(request="eyJhbGciOiJub25lIn0.e30.", redirect_uri=f"{CALLBACK}/foobar")
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_oidcc_ensure_request_with_valid_pkce_succeeds(rp: RelyingParty):
    """S256 by a confidential client that need not."""
    told = rp.login(code_challenge=challenge_of("v" * 64), code_challenge_method="S256")
    assert rp.id_token(rp.tokens(told["code"], code_verifier="v" * 64))
    twin = rp.silently(code_challenge=challenge_of("v" * 64), code_challenge_method="S256")
    assert rp.redeemed(twin["code"]).json["error"] == "invalid_grant"
