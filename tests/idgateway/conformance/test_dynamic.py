"""Plans oidcc-dynamic and oidcc-3rdparty-init-login: applications that register themselves, each module by its name.

Variant: private_key_jwt, registration by initial access token, RS256 for ID tokens as OIDC Registration 2 has it.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from idgateway.app import create_app
from keys.custody import FileCustody
from keys.keyring import Keyring, Purpose
from keys.tokens import verify_token
from runtime.database import Database
from runtime.shell import dress
from tests.idgateway.conformance.dynamic import DynamicClient
from tests.idgateway.documents import Documents, documents
from tests.idgateway.login.world import CALLBACK, ISSUER, RESTART, SUBSTANTIAL, World
from tests.idgateway.registration.applicant import Applicant

OTHER = "http://localhost:8083/other"
LASTING = {
    "scopes": ["openid", "profile", "offline_access"],
    "grant_types": ["authorization_code", "refresh_token"],
    "require_pkce": False,
}


@pytest.fixture
def dialect() -> str:
    """Registration itself runs on both engines, in its own room."""
    return "sqlite"


@pytest.fixture
def theirs():
    """The suite's own web server."""
    with documents() as shown:
        yield shown


@pytest.fixture
def applicant(world: World) -> Applicant:
    """An invitation that lets many come, without PKCE as the suite comes."""
    made = Applicant(world)
    made.invite(uses=20, **LASTING)
    return made


def registered(applicant: Applicant, **metadata) -> DynamicClient:
    return DynamicClient(applicant, metadata)


def is_page(answer) -> bool:
    return answer.status_code == 400 and "Location" not in answer.headers and "redirect-not-registered" in answer.text


def test_oidcc_idtoken_rs256(applicant: Applicant):
    """RS256 with a kid, as nothing else was registered."""
    client = registered(applicant)
    token = client.tokens()["id_token"]
    header = jwt.decode(token, RSAKey.import_key(client.published("RS256"))).header
    assert (header["alg"], bool(header["kid"])) == ("RS256", True)


def test_oidcc_userinfo_rs256_of_a_registered_client(applicant: Applicant):
    """Signed as registered: application/jwt, iss, aud, RS256, no nonce."""
    client = registered(applicant, userinfo_signed_response_alg="RS256")
    answer = client.person.userinfo(client.tokens()["access_token"])
    assert answer.mimetype == "application/jwt"
    token = jwt.decode(answer.text, RSAKey.import_key(client.published("RS256")))
    assert (token.claims["iss"], token.claims["aud"]) == (ISSUER, client.client_id)
    assert token.claims["given_name"] == "Erika"
    assert "nonce" not in token.claims


def test_oidcc_ensure_redirect_uri_in_authorization_request(applicant: Applicant):
    """Two are registered and none is sent: a page. Each of them, sent, is fine."""
    client = registered(applicant, redirect_uris=[CALLBACK, OTHER])
    assert is_page(client.ask(redirect_uri=None))
    assert client.ask(redirect_uri=OTHER).status_code == 200


def test_oidcc_redirect_uri_query_OK(applicant: Applicant):
    """A registered query comes back with the answer beside it."""
    client = registered(applicant, redirect_uris=[f"{CALLBACK}?foo=bar"])
    back = client.back(redirect_uri=f"{CALLBACK}?foo=bar")
    assert back.startswith(f"{CALLBACK}?foo=bar&code=")


def test_oidcc_redirect_uri_query_mismatch(applicant: Applicant):
    """Another query is another address."""
    client = registered(applicant, redirect_uris=[f"{CALLBACK}?foo=bar"])
    assert is_page(client.ask(redirect_uri=f"{CALLBACK}?bar=foo"))
    assert is_page(client.ask(redirect_uri=CALLBACK))


def test_oidcc_redirect_uri_query_added(applicant: Applicant):
    """So is one with a query where none was registered."""
    client = registered(applicant)
    assert is_page(client.ask(redirect_uri=f"{CALLBACK}?foo=bar"))
    assert client.ask().status_code == 200


def test_oidcc_redirect_uri_regfrag(applicant: Applicant):
    """A fragment is refused when it is registered."""
    answer = applicant.register(redirect_uris=[f"{CALLBACK}#foobar"])
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_redirect_uri")


def _shown(applicant: Applicant, name: str) -> bool:
    uri = f"https://rp.example/{name}"
    client = registered(applicant, **{name: uri})
    assert client.said[name] == uri
    return f'href="{uri}"' in client.first_page().text


def test_oidcc_registration_logo_uri(applicant: Applicant):
    """Kept and told; our pages load no foreign picture, so nobody is told who looks at them."""
    assert not _shown(applicant, "logo_uri")


def test_oidcc_registration_policy_uri(applicant: Applicant):
    """A link on the page before the login."""
    assert _shown(applicant, "policy_uri")


def test_oidcc_registration_tos_uri(applicant: Applicant):
    """The same."""
    assert _shown(applicant, "tos_uri")


def test_oidcc_registration_jwks_uri(applicant: Applicant, theirs: Documents):
    """Keys at an address: the assertion verifies by what stands there."""
    client = DynamicClient(applicant, {}, at=theirs)
    assert client.said["jwks_uri"] == f"{theirs.url}/jwks"
    assert client.tokens()["id_token"]
    assert theirs.asked == ["/jwks"]


def test_oidcc_registration_sector_uri(applicant: Applicant, theirs: Documents):
    """Accepted where its document lists every redirect URI."""
    uri = theirs.put("/sector.json", [CALLBACK, OTHER])
    answer = applicant.register(redirect_uris=[CALLBACK, OTHER], sector_identifier_uri=uri)
    assert (answer.status_code, answer.json["sector_identifier_uri"]) == (201, uri)


def test_oidcc_registration_sector_bad(applicant: Applicant, theirs: Documents):
    """Refused where it lists another one."""
    uri = theirs.put("/sector.json", [f"{CALLBACK}/other"])
    answer = applicant.register(sector_identifier_uri=uri)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")


def test_oidcc_server_rotate_keys(
    applicant: Applicant, gate_database: Database, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
):
    """A new key is published and used, the old one still stands there, so that what it signed verifies on."""
    world, client = applicant.world, registered(applicant)
    before, old = client.tokens()["id_token"], client.published("RS256")
    world.clock.turn(hours=1)
    new = FileCustody(tmp_path_factory.mktemp("rotated") / "keys").ensure(
        (Purpose.TOKEN_SIGNING_RS256,), world.clock.now - timedelta(minutes=1)
    )
    rotated = Keyring((*keyring, *new))
    settings = world.app.extensions["gate"].settings
    app = create_app(settings, gate_database, rotated, clock=world.clock, upstreams=world.providers)
    world.app = dress(app, title="Anmeldung", demo=True)
    client.person = world.browser()
    after, keys = client.tokens()["id_token"], client.person.get("/jwks").json
    kids = {key["kid"] for key in keys["keys"]}
    assert old["kid"] in kids
    said = {"typ": None, "issuer": ISSUER, "audience": client.client_id, "algorithms": ("RS256",)}
    assert verify_token(before, keys, now=world.clock.now - timedelta(hours=1), **said)
    assert verify_token(after, keys, now=world.clock.now, **said)
    assert jwt.decode(after, RSAKey.import_key(client.published("RS256"))).header["kid"] != old["kid"]


def test_oidcc_refresh_token_rp_key_rotation(applicant: Applicant, theirs: Documents):
    """The client's new key stands at its jwks_uri, and works a minute later at the refresh; the old one is refused."""
    client = DynamicClient(applicant, {"grant_types": LASTING["grant_types"]}, at=theirs)
    refresh = client.tokens(scope="openid offline_access", prompt="consent")["refresh_token"]
    old, old_kid = client.key, client.kid
    client.rotate()
    client.world.clock.turn(seconds=60)
    answer = client.refresh(refresh)
    assert answer.status_code == 200, answer.json
    client.key, client.kid = old, old_kid
    assert client.refresh(answer.json["refresh_token"]).json["error"] == "invalid_client"


def test_oidcc_request_uri_signed_rs256(applicant: Applicant, theirs: Documents):
    """A signed request at a registered address is fetched and is the request; at another one it is not looked at."""
    key = RSAKey.generate_key(2048)
    uri = f"{theirs.url}/request.jwt"
    client = DynamicClient(
        applicant, {"request_uris": [uri], "request_object_signing_alg": "RS256"}, key=key, algorithm="RS256"
    )
    theirs.put("/request.jwt", client.request_object(state="inside", acr_values=SUBSTANTIAL).encode())
    theirs.put("/other.jwt", theirs.bodies["/request.jwt"])
    outside = {"state": None, "nonce": None}
    back = client.back(request_uri=uri, **outside)
    assert "state=inside" in back
    assert client.refused(request_uri=f"{theirs.url}/other.jwt", **outside) == "invalid_request_uri"
    assert theirs.asked == ["/request.jwt"]


def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(applicant: Applicant):
    """The audience may be the issuer, as a single text."""
    client = registered(applicant)
    assert client.tokens(audience=ISSUER)["id_token"]


def test_oidcc_3rdparty_init_login(applicant: Applicant):
    """initiate_login_uri is kept, told when the client reads itself, and led to with our name as iss."""
    client = registered(applicant, initiate_login_uri=RESTART)
    assert applicant.manage("get", client.said).json["initiate_login_uri"] == RESTART
    ended = client.person.answered(client.ask(), level=1)
    shown = client.person.get(ended.location.removeprefix(ISSUER)).text
    assert f'{RESTART}?iss=http%3A%2F%2Flocalhost%3A8080"' in shown


def test_oidcc_3rdparty_init_login_nohttps(applicant: Applicant):
    """Plain http is refused; on this machine only the demo takes it."""
    answer = applicant.register(redirect_uris=["https://rp.example/cb"], initiate_login_uri="http://rp.example/login")
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")
    gate = applicant.world.app.extensions["gate"]
    applicant.world.app.extensions["gate"] = replace(gate, settings=replace(gate.settings, demo=False))
    answer = applicant.register(redirect_uris=["https://rp.example/cb"], initiate_login_uri=RESTART)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")
    fine = "https://rp.example/login"
    answer = applicant.register(redirect_uris=["https://rp.example/cb"], initiate_login_uri=fine)
    assert answer.json["initiate_login_uri"] == fine


def test_the_suite_would_find_the_endpoint(applicant: Applicant):
    """Discovery names it, and what requests by reference need."""
    said = applicant.http.get("/.well-known/openid-configuration", base_url=ISSUER).json
    assert said["registration_endpoint"] == f"{ISSUER}/register"
    assert (said["request_uri_parameter_supported"], said["require_request_uri_registration"]) == (True, True)
