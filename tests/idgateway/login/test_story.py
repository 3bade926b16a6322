"""The whole login through the dressed application: what applications get, and what they do not."""

from datetime import timedelta
from urllib.parse import urlsplit

from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from keys.tokens import decrypt_token, verify_token
from tests.idgateway.login.world import HIGH, ISSUER, NOW, World, query_of


def test_a_login_brings_code_tokens_and_the_agreed_claims(world: World):
    """From authorize to userinfo: the claims that were agreed, each with its level, and nothing else."""
    person = world.browser()
    back = person.login(scope="openid profile address")
    assert back["state"] == person.state
    assert back["iss"] == ISSUER  # RFC 9207
    answer = person.redeem(back["code"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    told = person.userinfo(answer.json["access_token"]).json
    assert told["given_name"] == "Erika"
    assert told["birth_family_name"] == "Gabler"
    assert told["place_of_birth"] == {"locality": "Berlin"}
    assert told["nationalities"] == ["DE"]
    assert told["address"] == {
        "street_address": "Heidestraße 17",
        "postal_code": "51147",
        "locality": "Köln",
        "country": "DE",
    }
    assert told["salutation"] == "Frau"
    assert "email" not in told
    assert "postbox_address" not in told
    (element,) = told["verified_claims"]
    assert element["verification"]["trust_framework"] == "eidas"
    assert element["verification"]["assurance_level"] == "high"
    assert element["claims"]["family_name"] == "Mustermann"
    assert "salutation" not in element["claims"]


def test_the_id_token_says_who_how_surely_and_for_whom(world: World, keyring: Keyring):
    """iss, sub, aud, nonce, acr, auth_time and amr, signed with the key that /jwks shows; no name in it."""
    person = world.browser()
    tokens = person.redeem(person.login()["code"]).json
    jwks = person.get("/jwks").json
    claims = verify_token(tokens["id_token"], jwks, typ=None, issuer=ISSUER, audience="urkunde", now=NOW)
    assert claims["nonce"] == "nonce-1"
    assert claims["acr"] == HIGH
    assert claims["auth_time"] == int(NOW.timestamp())
    assert claims["amr"] == ["sc", "pin", "mfa"]
    assert claims["sub"] == person.userinfo(tokens["access_token"]).json["sub"]
    assert "given_name" not in claims
    assert "d" not in {name for key in jwks["keys"] for name in key}


def test_an_rs256_client_gets_an_rs256_token(world: World):
    """The client's agreed algorithm is used, and the key set holds the key for it."""
    person = world.browser()
    tokens = person.redeem(person.login("lorsch")["code"], "lorsch").json
    jwks = person.get("/jwks").json
    verify_token(tokens["id_token"], jwks, typ=None, issuer=ISSUER, audience="lorsch", now=NOW, algorithms=("RS256",))


def test_the_claims_parameter_adds_what_was_agreed_and_nothing_else(world: World):
    """Only what is both agreed and asked for is requested upstream and released; id_token claims go there too."""
    person = world.browser()
    asked = '{"userinfo": {"given_name": null, "email": null}, "id_token": {"family_name": {"essential": true}}}'
    tokens = person.redeem(person.login(scope="openid", claims=asked)["code"]).json
    told = person.userinfo(tokens["access_token"]).json
    assert {"given_name", "family_name", "sub", "verified_claims"} == set(told)
    assert "email" not in world.providers["bundid"].asks[-1].attributes
    assert "birthdate" not in world.providers["bundid"].asks[-1].attributes
    jwks = person.get("/jwks").json
    claims = verify_token(tokens["id_token"], jwks, typ=None, issuer=ISSUER, audience="urkunde", now=NOW)
    assert claims["family_name"] == "Mustermann"
    assert "given_name" not in claims


def test_a_weak_value_is_told_but_never_as_verified(world: World):
    """Unmarked and low values are ordinary claims; an unmarked part leaves the whole address unverified."""
    attributes = {
        "given_name": ["Erika", None],
        "family_name": ["Mustermann", 2],
        "birthdate": ["1964-08-12", 3],
        "street_address": ["Heidestraße 17", 4],
        "locality": ["Köln", None],
    }
    told = world.browser().told(
        said={"attributes": attributes, "means": "Elster", "level": 3}, scope="openid profile address"
    )
    assert told["given_name"] == "Erika"
    (element,) = told["verified_claims"]
    assert element["claims"] == {"birthdate": "1964-08-12"}
    assert element["verification"]["assurance_level"] == "substantial"


def test_low_counts_as_verified_only_by_eidas(world: World):
    """A low value stands in verified_claims when an eIDAS means proved it, and not otherwise."""
    said = {"attributes": {"given_name": ["Erika", 2]}, "level": 2}
    by_eidas = world.browser().told("wohngeld", said={**said, "means": "eIDAS"})
    by_password = world.browser().told("wohngeld", said={**said, "means": "Benutzername"})
    assert by_eidas["verified_claims"][0]["verification"]["assurance_level"] == "low"
    assert "verified_claims" not in by_password


def test_what_the_account_sends_beyond_the_question_is_dropped(world: World):
    """S9: attributes that were not agreed do not reach the application."""
    told = world.browser().told("wohngeld")
    assert set(told) == {"given_name", "sub", "verified_claims"}
    assert set(told["verified_claims"][0]["claims"]) == {"given_name"}


def test_the_delivery_address_is_for_the_postbox_alone(world: World, postbox_keyring: Keyring):
    """Signed by the gate, encrypted for the postbox, bound to town and client; its sub is the one the postbox sees."""
    person = world.browser()
    told = person.told(scope="openid profile postbox")
    address = told["postbox_address"]
    assert len(address) <= 2048
    inner = decrypt_token(postbox_keyring, address, NOW)
    claims = verify_token(
        inner,
        person.get("/jwks").json,
        typ="postbox-address+jwt",
        issuer=ISSUER,
        audience="http://localhost:8082",
        now=NOW + timedelta(days=89),
    )
    assert claims["authority"] == "064310020020"
    assert claims["client_id"] == "urkunde"
    assert claims["email"] == "erika@example.org"
    assert claims["consent"].startswith("evd_")
    assert claims["acr"] == HIGH
    assert claims["sub"] != told["sub"]
    assert claims["sub"] == world.browser().told("postbox", said={"level": 1})["sub"]


def test_a_guest_is_served_and_known_only_once(world: World):
    """No account, no session, no delivery address, and another sub each time."""
    person = world.browser()
    first = person.told("gast", said={"subject": None}, scope="openid profile postbox")
    second = person.told("gast", said={"subject": None}, scope="openid profile postbox")
    assert first["given_name"] == second["given_name"] == "Erika"
    assert first["sub"] != second["sub"]
    assert "postbox_address" not in first
    assert "pairwise_id" not in world.providers["bundid"].asks[-1].attributes


def test_staff_bring_their_authorities_and_roles(world: World):
    """A staff account gives authorities, roles and name; no citizen's claims."""
    attributes = {"name": ["Sabine Amt", 3], "authorities": ["064310020020 064310022022", 3], "roles": ["casework", 3]}
    told = world.browser().told("casework", account="staff", said={"attributes": attributes, "means": "staff"})
    assert told["authorities"] == ["064310020020", "064310022022"]
    assert told["roles"] == ["casework"]
    assert told["name"] == "Sabine Amt"


def test_a_client_in_its_own_name_gets_a_token_for_its_resource(world: World):
    """Client credentials: at+jwt with audience, scope and the client's authority."""
    person = world.browser()
    form = {"grant_type": "client_credentials", "scope": "notices:write", "resource": "http://localhost:8082"}
    answer = person.post("/token", data={**form, **person.proof()})
    assert answer.status_code == 200
    claims = verify_token(
        answer.json["access_token"],
        person.get("/jwks").json,
        typ="at+jwt",
        issuer=ISSUER,
        audience="http://localhost:8082",
        now=NOW,
    )
    assert claims["authority"] == "064310020020"
    assert claims["scope"] == "notices:write"
    assert claims["client_id"] == claims["sub"] == "urkunde"
    for change in ({"scope": "openid"}, {"scope": "mailboxes:delete"}, {"scope": ""}):
        assert person.post("/token", data={**form, **person.proof(), **change}).json["error"] == "invalid_scope"
    for change in ({"resource": "https://elsewhere.example"}, {"resource": ""}):
        assert person.post("/token", data={**form, **person.proof(), **change}).json["error"] == "invalid_target"
    refused = person.post("/token", data={**form, **person.proof("wohngeld")})
    assert refused.json["error"] == "unauthorized_client"


def test_discovery_names_what_is_there_and_denies_what_is_not(world: World):
    """Every endpoint exists; a request at an address of the application's own has to be registered, and it says so."""
    person = world.browser()
    found = person.get("/.well-known/openid-configuration").json
    assert found["issuer"] == ISSUER
    assert found["request_uri_parameter_supported"] is True
    assert found["require_request_uri_registration"] is True
    assert found["authorization_response_iss_parameter_supported"] is True
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert person.get(urlsplit(found[name]).path).status_code != 404
    assert person.post(urlsplit(found["pushed_authorization_request_endpoint"]).path).status_code == 401


def test_several_accounts_are_offered_on_a_page(world: World):
    """A chooser only where there is something to choose; each link begins the login with one account."""
    person = world.browser()
    page = person.authorize("wahl")
    assert page.status_code == 200
    assert "account=bayernid" in page.text
    chosen = person.authorize("wahl", account="bayernid")
    there = person.answered(chosen, account="bayernid")
    assert "code" in query_of(person.get(urlsplit(there.location).path).location)
    refused = person.authorize("wahl", account="staff")
    assert query_of(refused.location)["error"] == "invalid_request"


def test_the_handover_page_works_without_javascript(world: World):
    """The form posts to the provider, which the content security policy allows; script and button both send it."""
    page = world.browser().authorize()
    assert "form-action 'self' https://idp.example" in page.headers["Content-Security-Policy"]
    assert 'action="https://idp.example/sso"' in page.text
    assert "<button" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_health_readiness_and_metrics_say_nothing_personal(world: World):
    """Alive, ready and counted, without a name, subject or handle."""
    person = world.browser()
    person.told()
    assert person.get("/healthz").json == {"status": "alive"}
    assert person.get("/readyz").json == {"status": "ready"}
    metrics = person.get("/metrics").text
    assert 'gate_events_total{code="",event="login-completed"} 1.0' in metrics
    assert "Erika" not in metrics
    assert "bpk2" not in metrics


def test_the_way_back_is_told_in_both_languages(world: World):
    """Error pages speak German by default and English when asked, with number, code and a way back."""
    person = world.browser()
    page = person.authorize()
    fields = {"RelayState": "x"}
    bad = person.deliver({**world.providers["bundid"].answer({**_fields(page), **fields}), "mac": "0"})
    assert bad.status_code == 400
    assert "Diese Anmeldung ist beendet" in bad.text
    english = person.get("/authorize?client_id=nobody&lang=en")
    assert "This online service is not known here" in english.text


def _fields(page) -> dict[str, str]:
    from tests.idgateway.login.world import hidden_fields

    return hidden_fields(page.text)


def test_the_key_set_is_ready_for_rotation(keyring: Keyring):
    """Both algorithms' keys are published with id, use and algorithm."""
    keys = public_jwks(keyring, (Purpose.TOKEN_SIGNING, Purpose.TOKEN_SIGNING_RS256), NOW)["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "RS256"}
    assert all(key["use"] == "sig" for key in keys)
