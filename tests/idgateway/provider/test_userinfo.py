"""Userinfo and ID token: what they carry, for whom, and who may read them from where (catalogue T3, J12, S16, S17)."""

import base64
import hashlib

from keys.tokens import verify_token
from tests.idgateway.login.world import ISSUER, TOWN, Person, World


def verified(world: World, token: str, audience: str, *, typ: str | None = None, algorithm: str = "ES256"):
    jwks = world.browser().get("/jwks").json
    return verify_token(
        token,
        jwks,
        typ=typ,
        issuer=ISSUER,
        audience=audience,
        now=world.clock.now,
        algorithms=(algorithm,),
        lasting=True,
    )


def preflight(person: Person, path: str):
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    return person.http.options(path, base_url=ISSUER, headers=headers)


def test_the_access_token_says_for_whom_and_how_sure(world: World):
    """RFC 9068 2.2: audience, application, authority, scope, level and time of the login; not a word of the person."""
    person = world.browser()
    tokens = person.redeem(person.login()["code"]).json
    claims = verified(world, tokens["access_token"], ISSUER, typ="at+jwt")
    assert claims["client_id"] == "urkunde"
    assert claims["authority"] == TOWN
    assert claims["scope"] == "openid profile"
    assert claims["acr"] == "http://eidas.europa.eu/LoA/high"
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 600
    assert claims["sub"] == person.userinfo(tokens["access_token"]).json["sub"]
    assert set(claims) == {
        *("iss", "aud", "sub", "client_id", "scope", "authority", "jti", "iat", "exp", "auth_time", "acr", "grant_id")
    }


def test_the_id_token_is_bound_to_its_access_token_and_session(world: World):
    """OIDC Core 3.1.3.6: at_hash is the left half of the SHA-256; sid, auth_time, acr and amr stand beside it."""
    person = world.browser()
    for client_id, algorithm in (("urkunde", "ES256"), ("lorsch", "RS256")):
        tokens = person.redeem(person.login(client_id)["code"], client_id).json
        claims = verified(world, tokens["id_token"], client_id, algorithm=algorithm)
        half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
        assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        assert claims["auth_time"] == int(world.clock.now.timestamp())
        assert claims["amr"] == ["sc", "pin", "mfa"]
        assert len(claims["sid"]) >= 22


def test_the_session_has_one_name_for_one_application(world: World):
    """Two logins answered from one session share the sid; another application's session has another."""
    person = world.browser()

    def sid(client_id: str = "urkunde") -> str:
        return verified(world, person.redeem(person.login(client_id)["code"], client_id).json["id_token"], client_id)[
            "sid"
        ]

    assert sid() == sid()
    assert sid() != sid("wohngeld")


def test_oidcc_userinfo_rs256(world: World):
    """Plan oidcc-dynamic: signed userinfo is application/jwt with iss and aud, alg RS256, and no nonce."""
    person = world.browser()
    tokens = person.redeem(person.login("geteilt-lorsch")["code"], "geteilt-lorsch").json
    answer = person.userinfo(tokens["access_token"])
    assert answer.mimetype == "application/jwt"
    assert answer.headers["Cache-Control"] == "no-store"
    claims = verified(world, answer.text, "geteilt-lorsch", algorithm="RS256")
    assert claims["given_name"] == "Erika"
    assert claims["sub"] == verified(world, tokens["id_token"], "geteilt-lorsch")["sub"]
    assert "nonce" not in claims


def test_j12_signed_userinfo_is_no_id_token(world: World):
    """J12: without a time of expiry it is not taken as a hint at the logout, nor as an access token."""
    person = world.browser()
    tokens = person.redeem(person.login("geteilt-lorsch")["code"], "geteilt-lorsch").json
    told = person.userinfo(tokens["access_token"]).text
    assert person.get("/logout", query_string={"id_token_hint": told}).status_code == 400
    assert person.userinfo(told).status_code == 401
    assert person.get("/logout", query_string={"id_token_hint": tokens["id_token"]}).status_code == 200


def test_t3_a_token_for_another_audience_opens_nothing(world: World):
    """T3: an application's own token, for its resource, is no person's token."""
    person = world.browser()
    form = {"grant_type": "client_credentials", "scope": "notices:write", "resource": "http://localhost:8082"}
    token = person.post("/token", data={**form, **person.proof()}).json["access_token"]
    assert person.userinfo(token).status_code == 401


def test_a_token_without_openid_is_good_for_less(world: World):
    """RFC 6750 3.1: narrowed away from openid, the token is forbidden here, and says what is missing."""
    person = world.browser()
    refresh = person.lasting()["refresh_token"]
    answer = person.refresh(refresh, scope="profile").json
    assert "id_token" not in answer
    refused = person.userinfo(answer["access_token"])
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    again = person.refresh(answer["refresh_token"]).json
    assert person.userinfo(again["access_token"]).status_code == 200


def test_s16_only_what_the_specifications_name_is_readable_from_anywhere(world: World):
    """S16: discovery, keys and userinfo, without cookies; nothing where a session or a proof of a client counts."""
    person = world.browser()
    token = person.redeem(person.login()["code"]).json["access_token"]
    readable = (
        person.get("/.well-known/openid-configuration"),
        person.get("/jwks"),
        person.userinfo(token),
        person.userinfo("x"),
        preflight(person, "/userinfo"),
    )
    for answer in readable:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Authorization" in preflight(person, "/userinfo").headers["Access-Control-Allow-Headers"]
    closed = (person.authorize(), person.redeem("x"), person.get("/logout"), person.post("/introspect"))
    for answer in (*closed, *(preflight(person, path) for path in ("/token", "/revoke", "/authorize"))):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_s17_nothing_personal_is_kept_on_the_way(world: World):
    """S17: no-store on every answer with tokens, on every personal page, and on every refusal."""
    person = world.browser()
    page = person.authorize()
    there = person.answered(page)
    back = person.get(there.location.removeprefix(ISSUER))
    code = back.location.partition("code=")[2].partition("&")[0]
    tokens = person.redeem(code)
    answers = [page, there, back, tokens, person.redeem(code), person.userinfo("x"), person.get("/logout")]
    answers += [person.userinfo(person.lasting(prompt="login")["access_token"]), person.post("/introspect")]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store", answer
