"""DPoP (RFC 9449): proofs as a pure function, then codes, refresh tokens and userinfo bound to a key (catalogue A3, T6)."""

import base64
import hashlib
import json
import secrets
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idgateway.provider.dpop import InvalidProof, thumbprint, verify_proof
from tests.idgateway.login.world import ISSUER, NOW, Person, World, query_of

URL = f"{ISSUER}/token"
KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")


def ath_of(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def proof_of(key=KEY, *, head: dict | None = None, at=NOW, **changes) -> str:
    """A correct proof; None leaves a claim or a part of the head out."""
    claims = {"htm": "POST", "htu": URL, "iat": int(at.timestamp()), "jti": secrets.token_urlsafe(12)}
    algorithm = {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA", "oct": "HS256"}[key.key_type]
    header = {"typ": "dpop+jwt", "alg": algorithm, "jwk": key.as_dict(private=False) if key.key_type != "oct" else {}}
    header = {name: value for name, value in {**header, **(head or {})}.items() if value is not None}
    body = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jws.serialize_compact(header, json.dumps(body).encode(), key, registry=Anything(algorithms=[algorithm]))


class Anything(jws.JWSRegistry):
    """Signs whatever head a test wants."""

    max_header_length = 10_000

    def check_header(self, header) -> None:
        """Everything is fine."""

    def get_alg(self, name: str):
        return jws.JWSRegistry.algorithms["Ed25519" if name == "EdDSA" else name]


def verified(proof: str, **options):
    return verify_proof(proof, method="POST", url=URL, now=NOW, **options)


@pytest.mark.parametrize(
    "key", [KEY, OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)], ids=["EC", "OKP", "RSA"]
)
def test_a_correct_proof_gives_its_keys_thumbprint(key):
    """For each kind of key; the thumbprint is the one of RFC 7638."""
    assert verified(proof_of(key)).jkt == key.thumbprint() == thumbprint(key.as_dict(private=False))


@pytest.mark.parametrize("seconds", [-60, -10, 0, 8, 30])
def test_a_proof_counts_for_a_minute_whatever_the_clocks(seconds: int):
    """Up to a minute old, up to half a minute ahead; nbf and exp beside iat are borne."""
    at = NOW + timedelta(seconds=seconds)
    verified(proof_of(at=at))
    verified(proof_of(at=at, nbf=int(at.timestamp()), exp=int(NOW.timestamp()) + 60))


@pytest.mark.parametrize(
    "change",
    [
        {"at": NOW - timedelta(seconds=61)},
        {"at": NOW + timedelta(seconds=31)},
        {"at": NOW - timedelta(hours=1)},
        {"at": NOW + timedelta(hours=1)},
        {"iat": None},
        {"iat": -(10**400)},
        {"iat": "now"},
        {"iat": True},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 257},
        {"htm": None},
        {"htm": "GET"},
        {"htm": "post"},
        {"htu": None},
        {"htu": 7},
        {"htu": f"{ISSUER}/userinfo"},
        {"htu": f"{URL}/"},
        {"htu": f"{URL}?x=1"},
        {"htu": f"{URL}#x"},
        {"htu": "http://localhost:8080@evil.example/token"},
        {"htu": "https://localhost:8080/token"},
        {"htu": "http://localhost:x/token"},
        {"exp": 1},
        {"head": {"typ": "JWT"}},
        {"head": {"typ": None}},
        {"head": {"jwk": None}},
        {"head": {"jwk": "x"}},
        {"head": {"jwk": {}}},
        {"head": {"jwk": {"kty": "EC"}}},
        {"head": {"jwk": KEY.as_dict(private=True)}},
        {"head": {"jwk": OTHER.as_dict(private=False)}},
        {"head": {"crit": ["x"], "x": 1}},
        {"key": OctKey.generate_key(256)},
    ],
)
def test_a_proof_that_proves_nothing_is_refused(change: dict):
    """Each fault by itself; the twin without it is taken above."""
    with pytest.raises(InvalidProof):
        verified(proof_of(change.pop("key", KEY), **change))


@pytest.mark.parametrize("alg", ["none", "HS256", "nOnE", "RS256"])
def test_other_algorithms_are_refused(alg: str):
    """Nothing symmetric, nothing unsigned, and no RS256."""
    head, body, signature = proof_of().split(".")
    content = json.loads(base64.urlsafe_b64decode(head + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**content, "alg": alg}).encode()).rstrip(b"=").decode()
    for proof in (f"{forged}.{body}.{signature}", f"{forged}.{body}."):
        with pytest.raises(InvalidProof):
            verified(proof)


@pytest.mark.parametrize("proof", ["", "x", "x.y.z", "..", "e30.e30.e30", "a" * 9000, "W10.e30.AA", "é.é.é"])
def test_what_is_no_proof_is_refused(proof: str):
    """Never anything but the one error."""
    with pytest.raises(InvalidProof):
        verified(proof)


def test_the_signature_counts():
    """One changed letter."""
    proof = proof_of()
    with pytest.raises(InvalidProof):
        verified(proof[:-8] + ("A" if proof[-8] != "A" else "B") + proof[-7:])


def test_a_proof_may_be_for_one_access_token():
    """Ath is the token's hash; it is asked for where a token is presented."""
    assert verified(proof_of(ath=ath_of("token")), token="token")
    for ath in (None, ath_of("other"), "token"):
        with pytest.raises(InvalidProof):
            verified(proof_of(ath=ath), token="token")


def test_addresses_that_mean_the_same_are_the_same():
    """RFC 3986 6.2: case of scheme and host, the default port."""
    verify_proof(
        proof_of(htu="HTTPS://Gate.example:443/token"), method="POST", url="https://gate.example/token", now=NOW
    )


# --- bound at the gate ------------------------------------------------------------------------------------------------


def redeemed(person: Person, code: str, key=KEY, client_id: str = "fapi", **changes):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:8083/callback"}
    form |= {"code_verifier": person.verifier, **person.proof(client_id), **changes}
    headers = {"DPoP": proof_of(key, at=person.world.clock.now)} if key else {}
    return person.post("/token", data=form, headers=headers)


def userinfo(person: Person, token: str, proof: str | None, scheme: str = "DPoP"):
    headers = {"Authorization": f"{scheme} {token}", **({"DPoP": proof} if proof else {})}
    return person.get("/userinfo", headers=headers)


def resource_proof(person: Person, token: str, key=KEY, **changes) -> str:
    given = {"htm": "GET", "htu": f"{ISSUER}/userinfo", "ath": ath_of(token), "at": person.world.clock.now, **changes}
    return proof_of(key, **given)


def test_a_bound_token_says_so_and_opens_userinfo_with_its_key(world: World):
    """token_type DPoP, cnf in the token, and the scheme in any case."""
    person = world.browser()
    answer = redeemed(person, person.login("fapi")["code"]).json
    token = answer["access_token"]
    payload = token.split(".")[1]
    assert answer["token_type"] == "DPoP"
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["cnf"] == {"jkt": KEY.thumbprint()}
    for scheme in ("DPoP", "dpop", "DPOP"):
        assert userinfo(person, token, resource_proof(person, token), scheme).status_code == 200


def test_a_bound_token_is_worth_nothing_without_its_key(world: World):
    """As Bearer, without proof, by another key, for another token, method or address, or a second time."""
    person = world.browser()
    token = redeemed(person, person.login("fapi")["code"]).json["access_token"]
    good = resource_proof(person, token)
    assert userinfo(person, token, good).status_code == 200
    refused = {
        "replayed": userinfo(person, token, good),
        "bearer": userinfo(person, token, resource_proof(person, token), "Bearer"),
        "no proof": userinfo(person, token, None),
        "other key": userinfo(person, token, resource_proof(person, token, OTHER)),
        "other token": userinfo(person, token, resource_proof(person, token, ath=ath_of("x"))),
        "no token": userinfo(person, token, resource_proof(person, token, ath=None)),
        "method": userinfo(person, token, resource_proof(person, token, htm="POST")),
        "address": userinfo(person, token, resource_proof(person, token, htu=URL)),
        "old": userinfo(person, token, resource_proof(person, token, iat=int(NOW.timestamp()) - 3600)),
    }
    for name, answer in refused.items():
        assert answer.status_code == 401, name
        assert answer.headers["WWW-Authenticate"].startswith("DPoP error="), name
    form = person.post("/userinfo", data={"access_token": token})
    assert form.status_code == 401
    assert userinfo(person, token, resource_proof(person, token)).status_code == 200


def test_a_bearers_token_is_no_bound_one(world: World):
    """And cannot be presented as one."""
    person = world.browser()
    token = person.redeem(person.login()["code"]).json["access_token"]
    assert userinfo(person, token, resource_proof(person, token)).status_code == 401
    assert userinfo(person, token, None, "bEaReR").status_code == 200


def test_fapi2_gets_no_token_without_a_key(world: World):
    """Holder of key missing: 4xx, and the code is still there for who brings one."""
    person = world.browser()
    code = person.login("fapi")["code"]
    assert redeemed(person, code, None).json["error"] == "invalid_request"
    assert redeemed(person, code).status_code == 200


def test_a_bad_proof_at_the_token_endpoint_is_named(world: World):
    """invalid_dpop_proof; so is a proof that was used before, here or elsewhere."""
    person = world.browser()
    code, proof = person.login("fapi")["code"], proof_of()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:8083/callback"}
    form["code_verifier"] = person.verifier

    def token(proof: str):
        return person.post("/token", data={**form, **person.proof("fapi")}, headers={"DPoP": proof})

    assert token("x.y.z").json["error"] == "invalid_dpop_proof"
    assert token(proof).status_code == 200
    again = token(proof)
    assert (again.status_code, again.json["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("way", ["dpop_jkt", "proof", "both"])
def test_a_code_is_bound_at_the_push(world: World, way: str):
    """By dpop_jkt, by a proof, or both: then only that key redeems it."""
    person = world.browser()
    form = {**person.request_of("fapi"), **person.proof("fapi")}
    if way != "proof":
        form["dpop_jkt"] = KEY.thumbprint()
    headers = {"DPoP": proof_of(htu=f"{ISSUER}/par")} if way != "dpop_jkt" else {}
    reference = person.post("/par", data=form, headers=headers).json["request_uri"]
    there = person.answered(person.open(reference, "fapi"))
    code = query_of(person.get(urlsplit(there.location).path).location)["code"]
    assert redeemed(person, code, OTHER).json["error"] == "invalid_grant"
    assert redeemed(person, code, KEY).status_code == 200


def test_dpop_jkt_binds_a_code_that_the_browser_asked_for(world: World):
    """RFC 9449 10: also without a push, for a client that needs no DPoP."""
    person = world.browser()
    code = person.login(dpop_jkt=KEY.thumbprint())["code"]
    assert person.redeem(code).json["error"] == "invalid_grant"
    assert redeemed(person, code, KEY, "urkunde").status_code == 200
    assert "error=invalid_request" in person.authorize(dpop_jkt="short").location


def test_a_push_that_names_two_keys_is_refused(world: World):
    """dpop_jkt and proof must agree; a proof for another address is none."""
    person = world.browser()

    def push(proof: str, **more):
        form = {**person.request_of("fapi"), **person.proof("fapi"), **more}
        return person.post("/par", data=form, headers={"DPoP": proof})

    here = {"htu": f"{ISSUER}/par"}
    assert push(proof_of(**here), dpop_jkt=OTHER.thumbprint()).json["error"] == "invalid_request"
    assert push(proof_of()).json["error"] == "invalid_dpop_proof"
    good = proof_of(**here)
    assert push(good, dpop_jkt=KEY.thumbprint()).status_code == 201
    assert push(good).json["error"] == "invalid_dpop_proof"


def test_a_refresh_token_stays_with_its_key(world: World):
    """T6: no key swap at refresh; fapi2 keeps its refresh token."""
    person = world.browser()
    tokens = redeemed(person, person.login("fapi", scope="openid offline_access")["code"]).json

    def refresh(key):
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **person.proof("fapi")}
        return person.post("/token", data=form, headers={"DPoP": proof_of(key)} if key else {})

    assert refresh(OTHER).json["error"] == "invalid_grant"
    assert refresh(None).json["error"] == "invalid_request"
    assert refresh(KEY).json["token_type"] == "DPoP"


def test_of_parallel_uses_of_one_proof_one_counts(world: World):
    """E6: double jti at the same moment; the database decides."""
    person = world.browser()
    token = redeemed(person, person.login("fapi")["code"]).json["access_token"]
    proof, start, answers = resource_proof(person, token), threading.Barrier(4), []

    def use() -> None:
        other = world.browser()
        start.wait()
        answers.append(userinfo(other, token, proof).status_code)

    threads = [threading.Thread(target=use) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [200, 401, 401, 401]
