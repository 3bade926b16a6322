"""The staff provider: code flow with PKCE and private_key_jwt, and every way to get it wrong beside the right one."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jwt
from joserfc.jwk import ECKey

from idgateway.simulator.app import create_app
from idgateway.simulator.settings import SimulatorSettings, StaffClient
from tests.idgateway.simulator.conftest import BASE, Clock

ISSUER = BASE + "/staff"
CALLBACK = "http://localhost:8080/oidc/staff/callback"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Desk:
    client: object
    clock: Clock
    key: object

    def ask(self, **bent):
        values = {
            "response_type": "code",
            "client_id": "gate",
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": _challenge("verifier-" + "x" * 40),
            "code_challenge_method": "S256",
        }
        values |= bent
        return self.client.get("/staff/authorize", query_string={k: v for k, v in values.items() if v is not None})

    def code(self, person="staff-beispiel", **bent):
        page = self.ask(**bent)
        return self.choose(page.location, person)["code"][0]

    def choose(self, path, person):
        back = self.client.post(path, data={"person": person})
        assert back.status_code == 303
        assert back.location.startswith(CALLBACK + "?")
        return parse_qs(urlsplit(back.location).query)

    def assertion(self, key=None, **bent):
        now = int(self.clock.now.timestamp())
        claims = {"iss": "gate", "sub": "gate", "aud": ISSUER, "jti": secrets.token_hex(8), "iat": now, "exp": now + 60}
        claims |= bent
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256"}, claims, key or self.key)

    def redeem(self, code, **bent):
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": "verifier-" + "x" * 40,
            "client_assertion_type": ASSERTION,
            "client_assertion": bent.pop("client_assertion", None) or self.assertion(),
        }
        return self.client.post("/staff/token", data=form | bent)


def _challenge(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _verified(token, jwk):
    """RFC 7518 3.4 by hand: ES256 is r and s, 32 bytes each."""
    head, body, signature = token.split(".")
    assert json.loads(_decoded(head)) == {"alg": "ES256", "kid": jwk["kid"], "typ": "JWT"}
    x, y = (int.from_bytes(_decoded(jwk[name]), "big") for name in ("x", "y"))
    raw = _decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    key.verify(der, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(_decoded(body))


@pytest.fixture
def desk(prepared, tmp_path):
    key = ECKey.generate_key("P-256")
    jwks = tmp_path / "gate.jwks.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="utf-8")
    clock = Clock()
    staff = StaffClient(client_id="gate", redirect_uris=(CALLBACK,), jwks_file=jwks)
    settings = SimulatorSettings(base_url=BASE, directory=prepared, service_providers=(), staff_clients=(staff,))
    return Desk(create_app(settings, clock=clock).test_client(), clock, key)


def test_discovery_says_what_is_true(desk):
    """Issuer, endpoints and methods; every named endpoint answers."""
    found = desk.client.get("/staff/.well-known/openid-configuration").json
    assert found["issuer"] == ISSUER
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    (key,) = desk.client.get(found["jwks_uri"].removeprefix(BASE)).json["keys"]
    assert key["alg"] == "ES256"
    assert "d" not in key


@pytest.mark.parametrize(
    ("person", "name", "authorities", "roles"),
    [
        ("staff-beispiel", "Frau Beispiel", ["064310020020"], ["casework"]),
        ("staff-muster", "Herr Muster", ["064310020020", "064310002002"], ["casework", "administration"]),
        ("staff-pruefer", "Frau Prüfer", ["064310020020"], ["data-protection"]),
    ],
)
def test_each_member_of_staff_logs_in(desk, person, name, authorities, roles):
    """The ID token, verified by hand with the published key, names person, authorities and roles."""
    answer = desk.redeem(desk.code(person)).json
    claims = _verified(answer["id_token"], desk.client.get("/staff/jwks").json["keys"][0])
    now = int(desk.clock.now.timestamp())
    assert {key: claims[key] for key in ("iss", "aud", "sub", "nonce", "name")} == {
        "iss": ISSUER,
        "aud": "gate",
        "sub": person,
        "nonce": "n-1",
        "name": name,
    }
    assert (claims["authorities"], claims["roles"]) == (authorities, roles)
    assert claims["acr"] == "http://eidas.europa.eu/LoA/substantial"
    assert claims["auth_time"] <= now < claims["exp"] <= now + 300


def test_the_page_shows_the_staff_and_lets_the_code_out(desk):
    """Three persons to choose from, plainly a simulator; the policy allows the client's host."""
    page = desk.client.get(desk.ask().location)
    for text in ("Frau Beispiel", "Herr Muster", "Frau Prüfer", "Simulator – keine echte BundID"):
        assert text in page.text
    assert "form-action 'self' http://localhost:*" in page.headers["Content-Security-Policy"]
    assert '<html lang="de">' in page.text
    assert '<html lang="en">' in desk.client.get(desk.ask().location + "?lang=en").text
    assert '<html lang="en">' in desk.client.get(desk.ask(ui_locales="en").location).text


def test_the_answer_names_state_and_issuer(desk):
    """RFC 9207: ``iss`` in every authorization response, also in a refusal."""
    back = desk.choose(desk.ask().location, "staff-muster")
    assert (back["state"], back["iss"]) == (["s-1"], [ISSUER])
    refused = desk.choose(desk.ask().location, "")
    assert (refused["error"], refused["iss"]) == (["access_denied"], [ISSUER])
    assert "code" not in refused


@pytest.mark.parametrize(
    "bent", [{"client_id": "stranger"}, {"redirect_uri": CALLBACK + "/"}, {"redirect_uri": None}, {"client_id": None}]
)
def test_unknown_addresses_get_a_page_and_no_redirect(desk, bent):
    """Nobody is sent to an address that is not registered character for character."""
    page = desk.ask(**bent)
    assert page.status_code == 400
    assert "Location" not in page.headers


@pytest.mark.parametrize(
    ("error", "bent"),
    [
        ("unsupported_response_type", {"response_type": "token"}),
        ("invalid_scope", {"scope": "profile"}),
        ("invalid_request", {"nonce": None}),
        ("invalid_request", {"code_challenge": None}),
        ("invalid_request", {"code_challenge_method": "plain"}),
        ("invalid_request", {"code_challenge_method": None}),
        ("login_required", {"prompt": "none"}),
    ],
)
def test_faulty_requests_are_told_at_the_clients_address(desk, error, bent):
    """PKCE with S256, nonce and openid are required."""
    back = parse_qs(urlsplit(desk.ask(**bent).location).query)
    assert (back["error"], back["state"], back["iss"]) == ([error], ["s-1"], [ISSUER])


def test_a_code_is_good_once(desk):
    """The second use of a code fails."""
    code = desk.code()
    assert desk.redeem(code).status_code == 200
    assert desk.redeem(code).json["error"] == "invalid_grant"


def test_a_code_lives_for_a_minute(desk):
    """Fifty-nine seconds are enough, sixty-one are too many."""
    for seconds, status in ((59, 200), (61, 400)):
        code = desk.code()
        desk.clock.now += timedelta(seconds=seconds)
        assert desk.redeem(code).status_code == status


@pytest.mark.parametrize(
    ("error", "status", "bent"),
    [
        ("invalid_grant", 400, {"code_verifier": "another-verifier-" + "y" * 40}),
        ("invalid_grant", 400, {"redirect_uri": CALLBACK + "?x=1"}),
        ("unsupported_grant_type", 400, {"grant_type": "password"}),
        ("invalid_client", 401, {"client_assertion_type": "basic"}),
        ("invalid_client", 401, {"client_assertion": "junk"}),
        ("invalid_client", 401, {"client_id": "stranger"}),
    ],
)
def test_wrong_token_requests_are_refused(desk, error, status, bent):
    """Each wrong part has its OAuth error."""
    answer = desk.redeem(desk.code(), **bent)
    assert (answer.status_code, answer.json["error"]) == (status, error)


def test_a_challenge_outside_ascii_fits_no_verifier(desk):
    """A challenge no hash can have is refused when the code is redeemed, like any other wrong one; ours is not."""
    assert desk.redeem(desk.code()).status_code == 200
    answer = desk.redeem(desk.code(code_challenge="\u00e4" * 43))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "bent",
    [
        {"iss": "stranger"},
        {"sub": "stranger"},
        {"aud": "https://elsewhere.example.org"},
        {"aud": [ISSUER, "https://elsewhere.example.org"]},
        {"jti": None},
        {"exp": None},
        {"exp": 1},
        {"exp": 99999999999},
        {"iat": 99999999999},
    ],
)
def test_wrong_client_assertions_are_refused(desk, bent):
    """Issuer, subject, audience, one-time id and a short life are checked."""
    code = desk.code()
    assert desk.redeem(code, client_assertion=desk.assertion(**bent)).json["error"] == "invalid_client"
    assert desk.redeem(code).status_code == 200


def test_an_assertion_counts_once_and_by_its_own_key_only(desk):
    """Replays and foreign keys fail; issuer and token endpoint are both good audiences."""
    foreign = ECKey.generate_key("P-256")
    assert desk.redeem(desk.code(), client_assertion=desk.assertion(key=foreign)).json["error"] == "invalid_client"
    again = desk.assertion(aud=ISSUER + "/token")
    assert desk.redeem(desk.code(), client_assertion=again).status_code == 200
    assert desk.redeem(desk.code(), client_assertion=again).json["error"] == "invalid_client"
