"""A citizen's ID token under attack: each forgery beside the honest token it was made from."""

import base64
import hashlib
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, GateError
from idgateway.outcome import Outcome, pack, unpack
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


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    "iss",
    "sub",
    "aud",
    "azp",
    "exp",
    "iat",
    "nbf",
    "auth_time",
    "nonce",
    "acr",
    "at_hash",
    "given_name",
    "address",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from((*NAMES, "email", "nationalities", "verified_claims")), JSON, min_size=1, max_size=3
    )
)
@example({"sub": "\ud800"})
@example({"given_name": "\udfff"})
@example({"at_hash": "\ud800"})
@example({"exp": 253402300799})
@example({"exp": 1e300})
@example({"iat": -1e300})
@example({"verified_claims": {"verification": {}, "claims": None}})
def test_whatever_a_provider_says(provider, log_in, claims):
    """Any JSON at any claim: a whole assertion that can be stored, or one of our errors; never anything else."""
    provider.claims = {**ERIKA, **claims}
    try:
        assertion = log_in()
    except GateError:
        return
    assert unpack(pack(Outcome(assertion=assertion))).assertion == assertion
    assert assertion.subject.encode()
    assert assertion.level >= Level.SUBSTANTIAL


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(("sub", "email", "address", "nationalities", "verified_claims")), JSON, max_size=3)
)
@example({"email": "\ud800"})
@example({"address": {"locality": "\ud800"}})
def test_whatever_userinfo_says(provider, log_in, told):
    """The same for userinfo, which is not even signed."""
    provider.discovery = {"userinfo_endpoint": provider.issuer + "/userinfo"}
    provider.userinfo = {"sub": "erika", **told}
    try:
        assertion = log_in()
    except GateError:
        return
    assert unpack(pack(Outcome(assertion=assertion))).assertion == assertion
    assert assertion.subject == "erika"
