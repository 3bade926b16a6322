"""A citizen's ID token under attack: each forgery beside the honest token it was made from."""

import base64
import hashlib
import json

import pytest

from idgateway.errors import AnswerRefused
from tests.idgateway.upstream import op
from tests.idgateway.upstream.oidc.conftest import ERIKA


def at_hash(token: str, algorithm) -> str:
    half = algorithm(token.encode()).digest()
    return base64.urlsafe_b64encode(half[: len(half) // 2]).rstrip(b"=").decode()


def test_access_token_named_in_the_id_token(provider, log_in):
    """at_hash, where present, must be the access token's, in the hash of the algorithm."""
    provider.claims = {**ERIKA, "at_hash": at_hash(op.ACCESS_TOKEN, hashlib.sha256)}
    assert log_in().subject == "erika"
    for wrong in (at_hash("another", hashlib.sha256), at_hash(op.ACCESS_TOKEN, hashlib.sha512), "", "ä", 7):
        provider.claims = {**ERIKA, "at_hash": wrong}
        with pytest.raises(AnswerRefused) as refused:
            log_in()
        assert refused.value.code == "access-token"
    provider.keys.append(op.okp_key("k2"))
    provider.claims = {**ERIKA, "at_hash": at_hash(op.ACCESS_TOKEN, hashlib.sha512)}
    assert log_in(id_token_algorithm="Ed25519").subject == "erika"


def test_only_the_registered_algorithm(provider, log_in):
    """The same provider with keys of two kinds: what is signed by the other kind is refused, each way round."""
    provider.keys = [op.ec_key("ec"), op.rsa_key("rsa")]
    assert log_in(id_token_algorithm="RS256").subject == "erika"
    with pytest.raises(AnswerRefused) as refused:
        log_in(id_token_algorithm="ES256")
    assert refused.value.code == "id-token"
    provider.keys.reverse()
    assert log_in(id_token_algorithm="ES256").subject == "erika"


def encoded(part: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def forged(token: str, kind: str, provider) -> str:
    """An ID token with the same claims under another signature."""
    _, claims, signature = token.split(".")
    if kind == "none":
        return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{claims}."
    if kind == "kept-signature":
        return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{claims}.{signature}"
    if kind == "hs256":
        return op.hs256(json.loads(base64.urlsafe_b64decode(claims + "==")), provider.keys[-1])
    if kind == "own-key":
        return op.with_own_key(json.loads(base64.urlsafe_b64decode(claims + "==")))
    head = {"foreign-kid": {"kid": "../../etc/passwd"}, "critical": {"crit": ["exp"]}, "typ": {"typ": "logout+jwt"}}
    return f"{encoded({'alg': 'ES256', 'kid': 'k1', **head[kind]})}.{claims}.{signature}"


@pytest.mark.parametrize("kind", ["none", "kept-signature", "hs256", "own-key", "foreign-kid", "critical", "typ"])
def test_forged_signatures(provider, log_in, kind):
    """No algorithm, the public key as a secret, a key inside the token, a strange key id: never a login."""
    assert log_in().subject == "erika"
    provider.token_answer = lambda told: {**told, "id_token": forged(told["id_token"], kind, provider)}
    with pytest.raises(AnswerRefused) as refused:
        log_in()
    assert refused.value.code == "id-token"


def test_a_claim_that_stands_twice(provider, log_in):
    """Two acr in one ID token, honestly signed: readers would differ, so nobody reads it."""
    provider.token_answer = lambda told: {
        **told,
        "id_token": op.doubled(told["id_token"], "acr", "urn:card", provider.keys[-1]),
    }
    with pytest.raises(AnswerRefused) as refused:
        log_in()
    assert refused.value.code == "id-token"


def test_answers_of_another_provider(provider, log_in):
    """Mix-up: an answer or an ID token of one provider never counts at another, however honest it is."""
    with op.running() as other:
        other.client_keys, other.claims = provider.client_keys, dict(ERIKA)
        with pytest.raises(AnswerRefused) as refused:
            log_in(came_back={"iss": other.issuer})
        assert refused.value.code == "issuer"
        assert "/token" not in provider.hits
        provider.claims = {**ERIKA, "iss": other.issuer}
        with pytest.raises(AnswerRefused) as refused:
            log_in()
        assert refused.value.code == "id-token"
        provider.claims = dict(ERIKA)
        provider.sign_with = other.keys[-1]
        with pytest.raises(AnswerRefused):
            log_in()
    provider.sign_with = None
    assert log_in().subject == "erika"
