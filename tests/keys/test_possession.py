"""Proofs of possession as a pure function (catalogue A3): every fault by itself, and its twin without it."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import OctKey, OKPKey, RSAKey

from keys.errors import ProofInvalid
from keys.possession import thumbprint, verify_proof
from tests.proofs import KEY, OTHER, ath_of, proof_of

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
GATE = "http://localhost:8080"
URL = f"{GATE}/token"


def made(key=KEY, at=NOW, **changes) -> str:
    return proof_of(URL, at, key, **changes)


def verified(proof: str, **options):
    return verify_proof(proof, method="POST", url=URL, now=NOW, **options)


@pytest.mark.parametrize(
    "key", [KEY, OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)], ids=["EC", "OKP", "RSA"]
)
def test_a_correct_proof_gives_its_keys_thumbprint(key):
    """For each kind of key; the thumbprint is the one of RFC 7638."""
    assert verified(made(key)).jkt == key.thumbprint() == thumbprint(key.as_dict(private=False))


@pytest.mark.parametrize("seconds", [-60, -10, 0, 8, 30])
def test_a_proof_counts_for_a_minute_whatever_the_clocks(seconds: int):
    """Up to a minute old, up to half a minute ahead; nbf and exp beside iat are borne."""
    at = NOW + timedelta(seconds=seconds)
    verified(made(at=at))
    verified(made(at=at, nbf=int(at.timestamp()), exp=int(NOW.timestamp()) + 60))


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
        {"htu": f"{GATE}/userinfo"},
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
    with pytest.raises(ProofInvalid):
        verified(made(change.pop("key", KEY), **change))


@pytest.mark.parametrize("alg", ["none", "HS256", "nOnE", "RS256"])
def test_other_algorithms_are_refused(alg: str):
    """Nothing symmetric, nothing unsigned, and no RS256."""
    head, body, signature = made().split(".")
    content = json.loads(base64.urlsafe_b64decode(head + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**content, "alg": alg}).encode()).rstrip(b"=").decode()
    for proof in (f"{forged}.{body}.{signature}", f"{forged}.{body}."):
        with pytest.raises(ProofInvalid):
            verified(proof)


@pytest.mark.parametrize("proof", ["", "x", "x.y.z", "..", "e30.e30.e30", "a" * 9000, "W10.e30.AA", "é.é.é"])
def test_what_is_no_proof_is_refused(proof: str):
    """Never anything but the one error."""
    with pytest.raises(ProofInvalid):
        verified(proof)


def test_the_signature_counts():
    """One changed letter."""
    proof = made()
    with pytest.raises(ProofInvalid):
        verified(proof[:-8] + ("A" if proof[-8] != "A" else "B") + proof[-7:])


def test_a_proof_may_be_for_one_access_token():
    """Ath is the token's hash; it is asked for where a token is presented."""
    assert verified(made(ath=ath_of("token")), token="token")
    for ath in (None, ath_of("other"), "token"):
        with pytest.raises(ProofInvalid):
            verified(made(ath=ath), token="token")


def test_addresses_that_mean_the_same_are_the_same():
    """RFC 3986 6.2: case of scheme and host, the default port."""
    verify_proof(made(htu="HTTPS://Gate.example:443/token"), method="POST", url="https://gate.example/token", now=NOW)


def test_a_nonce_is_asked_for_where_one_is_named():
    """RFC 9449 8: one of those that are good now; the refusal has a code of its own, so that another try can be told."""
    assert verified(made(nonce="now"), nonces=("now", "before"))
    assert verified(made(nonce="anything"))
    for nonce in (None, "other", 7, "", ["now"]):
        with pytest.raises(ProofInvalid) as refused:
            verified(made(nonce=nonce), nonces=("now", "before"))
        assert refused.value.code == "proof-nonce"
