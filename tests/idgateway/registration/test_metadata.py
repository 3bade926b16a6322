"""What an application may say of itself: strictly read, never more than the invitation says, inert where it is shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey, RSAKey
from werkzeug.test import TestResponse

from idgateway.registration import administration
from keys.tokens import verify_token
from runtime.database import Database
from tests.http import forms_of
from tests.idgateway.documents import documents
from tests.idgateway.login.world import CALLBACK, ISSUER, RESTART, World, query_of
from tests.idgateway.registration.applicant import BOUNDS, Applicant, metadata

KEY = ECKey.generate_key("P-256")
JWKS = {"keys": [KEY.as_dict(private=False, kid="k")]}


@pytest.fixture
def dialect() -> str:
    """What is read here never depends on the engine."""
    return "sqlite"


@pytest.fixture
def theirs():
    """The application's own web server."""
    with documents() as shown:
        yield shown


def refused(answer: TestResponse) -> str:
    """The error of a refusal that is one."""
    assert answer.status_code == 400, answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.json["error_description"].isprintable()
    return answer.json["error"]


@pytest.mark.parametrize("token", [None, "", "wrong", "Basic"])
def test_t8_nobody_comes_without_an_invitation(applicant: Applicant, token: str | None):
    """None, an invented one, another scheme: 401, how to ask, and nothing stored. With one: 201."""
    before = len(applicant.world.app.extensions["gate"].clients)
    headers = {} if token is None else {"Authorization": f"{'Basic' if token == 'Basic' else 'Bearer'} {token}"}
    answer = applicant.http.post("/register", json=metadata(), headers=headers, base_url=ISSUER)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(applicant.world.app.extensions["gate"].clients) == before
    assert applicant.register().status_code == 201


def test_nobody_gets_more_than_the_invitation_says(applicant: Applicant):
    """Claims, level, accounts and authority are the operator's; scopes and grants are cut down, and the answer says so."""
    made = applicant.register(
        scope="openid profile email postbox offline_access notices:write",
        grant_types=["authorization_code", "refresh_token"],
        claims=["email"],
        minimum_level="basic",
        authority="",
        guests_welcome=True,
    ).json
    assert (made["scope"], made["grant_types"]) == ("openid profile", ["authorization_code"])
    client = applicant.world.app.extensions["gate"].clients[made["client_id"]]
    assert (client.claims, client.authority) == (("given_name",), BOUNDS["authority"])
    assert (client.minimum_level.name, client.guests_welcome, client.require_pkce) == ("SUBSTANTIAL", False, True)
    applicant.invite(
        scopes=["openid", "profile", "offline_access"], grant_types=["authorization_code", "refresh_token"]
    )
    made = applicant.register(grant_types=["authorization_code", "refresh_token"]).json
    assert made["scope"].split() == ["openid", "profile", "offline_access"]
    assert made["grant_types"] == ["authorization_code", "refresh_token"]


REDIRECTS = (
    *("http://rp.example/cb", "https://rp.example/cb#x", "https://*.rp.example/cb", "https://u@rp.example/cb"),
    *("javascript:alert(1)", "data:text/html,x", "https://rp.example/\u0430", "https://rp.example/<b>", "", 5, None),
    *("https://a;b.rp.example/cb", "https://a,b.rp.example/cb", "https://a_b.example/cb", "https://127.1/cb"),
    *("https://rp.example/" + "x" * 2048, "https:///cb", "urn:ietf:wg:oauth:2.0:oob", "com.example:/cb"),
)


def test_t8_redirect_uris_are_strict(applicant: Applicant):
    """Fragment, joker, plain http, scripts, schemes of apps: invalid_redirect_uri; none at all, too."""
    for uri in REDIRECTS:
        assert refused(applicant.register(redirect_uris=[CALLBACK, uri])) == "invalid_redirect_uri", uri
    for uris in (None, [], CALLBACK, {"a": 1}, [CALLBACK, CALLBACK], [f"{CALLBACK}/{at}" for at in range(21)]):
        assert refused(applicant.register(redirect_uris=uris)) == "invalid_redirect_uri", uris
    assert applicant.register(redirect_uris=[CALLBACK, f"{CALLBACK}?a=b"]).status_code == 201


WRONG: tuple[dict, ...] = (
    {"client_name": "Hunde\u200bsteuer"},
    {"client_name": "Hund\u0435steuer"},  # a Cyrillic letter
    {"client_name": "H\u0251nd"},  # a phonetic one
    {"client_name": "\u202eHund"},
    {"client_name": "Hund\nSteuer"},
    {"client_name": "Ｈund"},
    {"client_name": "Mu\u0308ll"},
    {"client_name": " Hund"},
    {"client_name": ""},
    {"client_name": "x" * 101},
    {"client_name": 5},
    {"jwks": JWKS, "jwks_uri": "https://rp.example/jwks"},
    {"jwks": {"keys": []}},
    {"jwks": {"keys": [KEY.as_dict(private=True)]}},
    {"jwks": [1]},
    {"jwks_uri": "http://rp.example/jwks"},
    {"jwks_uri": "https://rp.example;evil.example/jwks"},
    {"backchannel_logout_uri": "https://rp,example/out"},
    {"token_endpoint_auth_method": "none"},
    {"token_endpoint_auth_method": "client_secret_jwt"},
    {"token_endpoint_auth_method": ["private_key_jwt"]},
    {"token_endpoint_auth_method": "private_key_jwt"},
    {"token_endpoint_auth_signing_alg": "none"},
    {"id_token_signed_response_alg": "none"},
    {"id_token_signed_response_alg": "HS256"},
    {"userinfo_signed_response_alg": "none"},
    {"authorization_signed_response_alg": "none"},
    {"authorization_signed_response_alg": "PS256"},
    {"authorization_signed_response_alg": "ES256", "authorization_encrypted_response_alg": "RSA-OAEP"},
    {"request_object_signing_alg": "none", "jwks": JWKS},
    {"response_types": ["code id_token"]},
    {"response_types": "code"},
    {"grant_types": ["implicit"]},
    {"grant_types": ["authorization_code", "client_credentials"]},
    {"scope": "profile"},
    {"scope": ["openid"]},
    {"subject_type": "public"},
    {"application_type": "desktop"},
    {"initiate_login_uri": "http://rp.example/login"},
    {"initiate_login_uri": "https://elsewhere.example/login"},
    {"post_logout_redirect_uris": ["javascript:alert(1)"]},
    {"post_logout_redirect_uris": ["http://rp.example/"]},
    {"backchannel_logout_uri": "http://rp.example/out"},
    {"backchannel_logout_uri": "https://rp.example/out#x"},
    {"frontchannel_logout_uri": "http://rp.example/out"},
    {"frontchannel_logout_uri": "https://elsewhere.example/out"},
    {"logo_uri": "javascript:alert(1)"},
    {"policy_uri": "data:text/html,<script>alert(1)</script>"},
    {"tos_uri": 'https://rp.example/"onclick="x'},
    {"client_uri": "https://elsewhere.example/"},
    {"request_uris": ["https://rp.example/r"]},  # nothing to verify it with
    {"request_uris": ["http://rp.example/r"], "jwks": JWKS},
    {"request_uris": "https://rp.example/r", "jwks": JWKS},
    {"id_token_encrypted_response_alg": "RSA-OAEP"},
    {"default_max_age": 60},
    {"tls_client_certificate_bound_access_tokens": True},
    {"dpop_bound_access_tokens": "yes"},
    {"require_signed_request_object": True},
)


def test_t8_metadata_are_strict(applicant: Applicant):
    """Each alone is refused with invalid_client_metadata, whose description names no setting of ours."""
    for change in WRONG:
        answer = applicant.register(**change)
        assert refused(answer) == "invalid_client_metadata", (change, answer.text)
        assert "secret_hash" not in answer.text
    assert refused(applicant.register(software_statement="e30.e30.AA")) == "unapproved_software_statement"
    fine = {
        "client_name": "Müll & Grün – „Łódź“ 24 €",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": JWKS,
        "initiate_login_uri": RESTART,
        "frontchannel_logout_uri": CALLBACK + "/out",
        "policy_uri": "https://rp.example/privacy",
        "contacts": ["x@rp.example"],
        "client_name#en": "Dogs",
        "default_max_age": None,
        "request_uris": ["https://rp.example/r#hash"],
    }
    made = applicant.register(**fine).json
    assert made["client_name"] == fine["client_name"]
    assert made["jwks"]["keys"][0]["kid"] == "k"
    assert made["initiate_login_uri"] == RESTART
    assert made["frontchannel_logout_uri"] == CALLBACK + "/out"
    assert not {"contacts", "client_secret", "default_max_age"} & made.keys()


JSON = "application/json"
BODIES = (
    b"",
    b"[]",
    b"{",
    b'{"a":1,"a":2}',
    b'{"client_name":"\\ud800"}',
    b"[" * 60_000,
    b"\xff\xfe",
    b"null",
    b"1e999",
)


def test_t8_a_body_that_is_no_metadata_is_refused(applicant: Applicant):
    """No 500, whatever it is; what is too large is not even read."""
    shown = applicant.shown["headers"]
    for body in BODIES:
        answer = applicant.http.post("/register", data=body, headers=shown, content_type=JSON, base_url=ISSUER)
        assert refused(answer) == "invalid_client_metadata", body[:20]
    form = applicant.http.post("/register", data={"redirect_uris": CALLBACK}, headers=shown, base_url=ISSUER)
    assert refused(form) == "invalid_client_metadata"
    large = b'{"x":"' + b"x" * 70_000 + b'"}'
    answer = applicant.http.post("/register", data=large, headers=shown, content_type=JSON, base_url=ISSUER)
    assert answer.status_code == 413
    assert applicant.register().status_code == 201


def test_t8_a_weak_key_is_refused_at_the_door(applicant: Applicant):
    """RSA with exponent 3: everybody with a calculator signs for the client. A sound one is taken."""
    strong = RSAKey.generate_key(2048).as_dict(private=False)
    by_key = {"token_endpoint_auth_method": "private_key_jwt"}
    for exponent in ("AQ", "Aw"):
        assert (
            "jwks" in applicant.register(jwks={"keys": [{**strong, "e": exponent}]}, **by_key).json["error_description"]
        )
    assert applicant.register(jwks={"keys": [strong]}, **by_key).status_code == 201


def test_t8_a_sector_is_proven_by_its_own_host(applicant: Applicant, theirs):
    """Fetched the hardened way; every redirect URI stands in it. Inside, elsewhere, missing: refused."""
    both = {"redirect_uris": [CALLBACK, "https://other.example/cb"]}
    assert refused(applicant.register(**both)) == "invalid_client_metadata"
    uri = theirs.put("/sector", [CALLBACK])
    assert "does not list" in applicant.register(**both, sector_identifier_uri=uri).json["error_description"]
    theirs.put("/sector", {"uris": both["redirect_uris"]})
    assert refused(applicant.register(**both, sector_identifier_uri=uri)) == "invalid_client_metadata"
    assert "status-404" in applicant.register(**both, sector_identifier_uri=f"{theirs.url}/none").text
    for inside in ("https://127.0.0.1:1/", "https://169.254.169.254/latest", "https://10.0.0.1/", "https://[::1]:1/"):
        assert refused(applicant.register(**both, sector_identifier_uri=inside)) == "invalid_client_metadata"
    theirs.put("/sector", both["redirect_uris"])
    made = applicant.register(**both, sector_identifier_uri=uri)
    assert made.status_code == 201
    assert applicant.world.app.extensions["gate"].clients[made.json["client_id"]].sector == "127.0.0.1"


def test_e10_a_moved_host_keeps_everybodys_sub(applicant: Applicant, theirs):
    """With the sector's document it is the same person as before; without it the move is refused."""
    uri = theirs.put("/sector", [CALLBACK])
    made = applicant.register(sector_identifier_uri=uri).json
    before = applicant.told(made)["sub"]
    moved = {**metadata(), "client_id": made["client_id"], "redirect_uris": ["https://moved.example/cb"]}
    answer = applicant.manage("put", made, moved)
    assert "sector" in answer.json["error_description"]
    theirs.put("/sector", [CALLBACK, "https://moved.example/cb"])
    moved = {**moved, "redirect_uris": [*moved["redirect_uris"], CALLBACK], "sector_identifier_uri": uri}
    assert applicant.manage("put", made, moved).status_code == 200
    assert applicant.told(made)["sub"] == before


def test_t8_markup_in_what_a_client_says_is_inert(applicant: Applicant):
    """A name is a name, an address is where a link leads; nothing of it becomes markup, and no picture is loaded."""
    made = applicant.register(
        client_name='<script>alert(1)</script> & "Hund" <img src=x onerror=alert(1)>',
        policy_uri="https://rp.example/privacy?a=1&b='2'",
        logo_uri="https://rp.example/logo.svg",
    ).json
    page = applicant.page(made).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; " in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "logo.svg" not in page
    assert 'href="https://rp.example/privacy?a=1&amp;b=&#39;2&#39;"' in page
    assert 'rel="noopener noreferrer"' in page


def test_registration_is_there_only_where_it_is_switched_on(world: World):
    """Otherwise neither the address nor its mention."""
    person = world.browser()
    assert "registration_endpoint" not in person.get("/.well-known/openid-configuration").json
    assert person.post("/register", json={}).status_code == 404
    gate = world.app.extensions["gate"]
    world.app.extensions["gate"] = replace(gate, settings=replace(gate.settings, registration=True))
    assert person.get("/.well-known/openid-configuration").json["registration_endpoint"] == f"{ISSUER}/register"
    assert person.post("/register", json={}).status_code == 401


def test_a_registered_application_begins_logins_where_it_said(applicant: Applicant):
    """OIDC Core 4: "start again" on a page that ended a login leads there, with our name as iss."""
    made = applicant.register(initiate_login_uri=RESTART).json
    person = applicant.world.browser()
    page = applicant.page(made, person=person, account="bundid")
    ended = person.answered(page, level=1)
    shown = person.get(ended.location.removeprefix(ISSUER)).text
    assert f'{RESTART}?iss=http%3A%2F%2Flocalhost%3A8080"' in shown


def test_an_invitation_that_nobody_could_use_is_not_made(applicant: Applicant, gate_database: Database):
    """An unknown account shows at the operator's screen, not at the applicant's."""
    gate, now = applicant.world.app.extensions["gate"], applicant.world.clock.now
    from idgateway.errors import NotConfigured

    with pytest.raises(NotConfigured, match="accounts"):
        administration.invite(
            gate_database, gate.settings, {**BOUNDS, "accounts": ["elster"]}, uses=1, lasts=timedelta(days=1), now=now
        )


def test_who_registers_signed_answers_gets_them(applicant: Applicant):
    """JARM 3: by the algorithm it named, in every mode, the usual one, too, and never in the clear; its ID tokens by theirs."""
    made = applicant.register(authorization_signed_response_alg="ES256").json
    assert (made["authorization_signed_response_alg"], made["id_token_signed_response_alg"]) == ("ES256", "RS256")
    jwks = applicant.world.browser().get("/jwks").json

    def told(location: str) -> dict:
        answer = query_of(location)
        assert answer.keys() == {"response"}
        where = {"issuer": ISSUER, "audience": made["client_id"], "now": applicant.world.clock.now}
        return verify_token(answer["response"], jwks, typ=None, algorithms=("ES256",), **where)

    for mode in ("jwt", "query.jwt", None):
        asked = {"prompt": "none"} if mode is None else {"prompt": "none", "response_mode": mode}
        assert told(applicant.page(made, **asked).location)["error"] == "login_required"
    form = forms_of(applicant.page(made, prompt="none", response_mode="form_post.jwt").text)[0]
    assert form["fields"].keys() == {"response"}
    person = applicant.world.browser()
    there = person.answered(applicant.page(made, person=person, account="bundid"))
    assert told(person.past_the_page(person.get(there.location.removeprefix(ISSUER))).location)["code"]
    for mode in ("query", "form_post", "nonsense"):
        assert told(applicant.page(made, prompt="none", response_mode=mode).location)["error"] == "invalid_request"
    doubled = applicant.page(made, prompt=["none", "none"])
    assert "repeated" in told(doubled.location)["error_description"]
    applicant.invite()
    plain = applicant.register().json
    assert "authorization_signed_response_alg" not in plain
    assert query_of(applicant.page(plain, prompt="none").location)["error"] == "login_required"
    assert query_of(applicant.page(plain, response_mode="jwt").location)["error"] == "invalid_request"
    assert query_of(applicant.page(plain, prompt=["none", "none"]).location)["error"] == "invalid_request"


def test_an_invitation_may_leave_one_way_to_answer(applicant: Applicant):
    """Signed ones alone, or plain ones alone: who asks for the other is told, and what is agreed is registered."""
    applicant.invite(response_modes=["query.jwt"])
    assert "authorization_signed_response_alg" in applicant.register().json["error_description"]
    made = applicant.register(authorization_signed_response_alg="RS256").json
    assert applicant.world.app.extensions["gate"].clients[made["client_id"]].response_modes == ("query.jwt",)
    assert query_of(applicant.page(made, prompt="none").location).keys() == {"response"}
    applicant.invite(response_modes=["query"])
    assert refused(applicant.register(authorization_signed_response_alg="RS256")) == "invalid_client_metadata"
    made = applicant.register().json
    assert applicant.world.app.extensions["gate"].clients[made["client_id"]].response_modes == ("query",)
