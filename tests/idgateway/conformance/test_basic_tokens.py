"""Plan oidcc-basic-certification-test-plan, the modules about codes, tokens and userinfo, each by its name."""

from keys.tokens import verify_token
from tests.idgateway.login.world import ISSUER, World


def test_oidcc_idtoken_signature(world: World):
    """An ID token by RS256 with a kid that stands in the key set."""
    person = world.browser()
    tokens = person.redeem(person.login("lorsch")["code"], "lorsch").json
    jwks = person.get("/jwks").json
    now = world.clock.now
    claims = verify_token(
        tokens["id_token"], jwks, typ=None, issuer=ISSUER, audience="lorsch", now=now, algorithms=("RS256",)
    )
    assert claims["nonce"] == "nonce-1"


def test_oidcc_userinfo_get(world: World):
    """The token in the header of a GET."""
    person = world.browser()
    assert person.userinfo(person.lasting()["access_token"]).status_code == 200


def test_oidcc_userinfo_post_header(world: World):
    """The token in the header of a POST."""
    person = world.browser()
    headers = {"Authorization": f"Bearer {person.lasting()['access_token']}"}
    answer = person.post("/userinfo", headers=headers)
    assert answer.status_code == 200
    assert answer.json["given_name"] == "Erika"


def test_oidcc_userinfo_post_body(world: World):
    """The token in the body of a POST."""
    person = world.browser()
    answer = person.post("/userinfo", data={"access_token": person.lasting()["access_token"]})
    assert answer.json["given_name"] == "Erika"


def test_oidcc_codereuse(world: World):
    """The same code again at once: invalid_grant."""
    person = world.browser()
    code = person.login()["code"]
    assert person.redeem(code).status_code == 200
    again = person.redeem(code)
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")


def test_oidcc_codereuse_30seconds(world: World):
    """Half a minute later too, and then the first access token opens nothing any more."""
    person = world.browser()
    code = person.login()["code"]
    token = person.redeem(code).json["access_token"]
    world.clock.turn(seconds=30)
    assert person.userinfo(token).status_code == 200
    assert person.redeem(code).json["error"] == "invalid_grant"
    assert person.userinfo(token).status_code == 401


def test_oidcc_refresh_token(world: World):
    """offline_access with prompt=consent: a new ID token with the same iss, sub, aud, auth_time and no older iat.

    Another client is refused.
    """
    person = world.browser()
    tokens = person.lasting(prompt="consent")
    world.clock.turn(seconds=2)
    assert person.refresh(tokens["refresh_token"], "wohngeld").json["error"] == "invalid_grant"
    newer = person.refresh(tokens["refresh_token"]).json
    jwks, now = person.get("/jwks").json, world.clock.now
    old, new = (
        verify_token(each["id_token"], jwks, typ=None, issuer=ISSUER, audience="urkunde", now=now)
        for each in (tokens, newer)
    )
    assert [old[name] for name in ("iss", "sub", "aud", "auth_time")] == [
        new[name] for name in ("iss", "sub", "aud", "auth_time")
    ]
    assert new["iat"] >= old["iat"]
    assert person.userinfo(newer["access_token"]).status_code == 200


def test_fapi2_security_profile_final_refresh_token(world: World):
    """Bound to the client, and not rotated."""
    person = world.browser()
    tokens = person.lasting("fapi")
    assert person.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    for _ in range(2):
        newer = person.refresh(tokens["refresh_token"], "fapi")
        assert newer.status_code == 200
        assert "refresh_token" not in newer.json
