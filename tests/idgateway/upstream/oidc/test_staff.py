"""A staff login through OpenID Connect: what a correct provider's answer becomes, and every way it can be wrong."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from idgateway.assurance import Level
from idgateway.endings import ENDINGS
from idgateway.errors import (
    AnswerRefused,
    GateError,
    LevelNotReached,
    LoginDenied,
    UnknownLevel,
    UpstreamUnavailable,
)
from idgateway.settings import OidcProvider
from idgateway.upstream import Answer
from idgateway.upstream.oidc.provider import OidcUpstream
from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from tests.idgateway.upstream import op
from tests.idgateway.upstream.conftest import NOW

CALLBACK = "https://gate.musterstadt.example/oidc/staff/callback"


@pytest.fixture
def provider(keyring):
    """An honest provider that knows the gate's public key."""
    with op.running() as running:
        running.client_keys = public_jwks(keyring, [Purpose.CLIENT_AUTHENTICATION], NOW)
        yield running


@pytest.fixture
def staff(provider, keyring):
    """The upstream under test."""
    return _upstream(provider, keyring)


def _upstream(provider, keyring, **changes) -> OidcUpstream:
    settings = OidcProvider(
        name="staff",
        title="Beschäftigte",
        issuer=provider.issuer,
        client_id=op.CLIENT_ID,
        level="substantial",
        staff=True,
    )
    return OidcUpstream(replace(settings, **changes), keyring, CALLBACK)


def _begin(upstream, ask, now=NOW):
    return upstream.begin(replace(ask, now=now, callback_url=CALLBACK))


def _complete(upstream, handover, parameters, *, now=NOW, level=Level.SUBSTANTIAL):
    return upstream.complete(
        Answer(
            parameters=parameters,
            memory=handover.memory,
            callback_url=CALLBACK,
            asked_level=level,
            asked_at=now,
            guests_welcome=False,
            now=now + timedelta(seconds=2),
        )
    )


def _login(upstream, provider, ask, *, now=NOW, **changes):
    handover = _begin(upstream, ask, now)
    return _complete(upstream, handover, {**provider.login(handover.url), **changes}, now=now)


def test_staff_login(staff, provider, ask):
    """Subject, level of the settings, authorities and roles come out; other claims are dropped."""
    assertion = _login(staff, provider, ask)
    assert (assertion.provider, assertion.subject, assertion.level) == ("staff", "staff-1", Level.SUBSTANTIAL)
    assert {name: each.value for name, each in assertion.attributes.items()} == {
        "name": "Frau Beispiel",
        "authorities": "064310020020",
        "roles": "casework",
    }
    assert {each.level for each in assertion.attributes.values()} == {None}
    assert json.loads(assertion.attributes["authorities"].raw) == ["064310020020"]
    assert NOW - timedelta(seconds=3) < assertion.authenticated_at < NOW
    assert assertion.expires_at > NOW + timedelta(seconds=300)


def test_request_carries_what_binds_the_answer(staff, ask):
    """State is the attempt's handle; nonce and verifier are fresh each time; the verifier itself never travels."""
    first, second = _begin(staff, ask), _begin(staff, ask)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(first.url).query).items()}
    assert asked["redirect_uri"] == CALLBACK
    assert asked["scope"] == "openid"
    assert asked["state"] == ask.relay_state
    assert asked["nonce"] == first.memory["nonce"] != second.memory["nonce"]
    assert first.memory["verifier"] not in first.url
    assert first.memory["verifier"] != second.memory["verifier"]
    assert not first.fields


def test_client_assertion(staff, provider, ask):
    """private_key_jwt: the issuer as plain string is the audience, a minute of life, and a jti never used twice."""
    _login(staff, provider, ask)
    _login(staff, provider, ask)
    first, second = provider.assertions
    assert (first["iss"], first["sub"], first["aud"]) == (op.CLIENT_ID, op.CLIENT_ID, provider.issuer)
    assert first["exp"] - first["iat"] == 60
    assert first["jti"] != second["jti"]


def test_rs256_and_one_element_audience(staff, provider, ask):
    """An RSA provider and a list with us alone as audience are within the specification."""
    provider.keys, provider.claims = [op.rsa_key("r1")], {"aud": [op.CLIENT_ID], "azp": op.CLIENT_ID}
    assert _login(staff, provider, ask).subject == "staff-1"


def test_login_without_auth_time(staff, provider, ask):
    """Without auth_time the token's issue counts as the time of login."""
    provider.claims = {"auth_time": None}
    assert _login(staff, provider, ask).authenticated_at <= NOW + timedelta(seconds=2)


def test_same_id_token_has_the_same_assertion_id(staff, provider, ask):
    """The replay store can recognise an ID token that comes twice, and only that one."""
    first, second = _login(staff, provider, ask), _login(staff, provider, ask)
    assert first.assertion_id != second.assertion_id


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "https://other.example"}, "id-token"),
        ({"iss": None}, "id-token"),
        ({"exp": None}, "id-token"),
        ({"exp": 1}, "id-token"),
        ({"exp": "soon"}, "id-token"),
        ({"iat": 9_999_999_999}, "id-token"),
        ({"nbf": 9_999_999_999}, "id-token"),
        ({"exp": 1e300}, "id-token"),
        ({"aud": "another"}, "audience"),
        ({"aud": [op.CLIENT_ID, "another"]}, "audience"),
        ({"aud": None}, "audience"),
        ({"azp": "another"}, "audience"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"auth_time": 9_999_999_999}, "authentication"),
        ({"auth_time": "now"}, "authentication"),
        ({"auth_time": True}, "authentication"),
        ({"auth_time": None, "iat": None}, "authentication"),
        ({"sub": None}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": "x" * 256}, "subject"),
        ({"authorities": "064310020020"}, "claims"),
        ({"authorities": ["06 43"]}, "claims"),
        ({"authorities": [7]}, "claims"),
        ({"roles": ["casework"] * 201}, "claims"),
        ({"name": ["Frau"]}, "claims"),
        ({"name": "x" * 1001}, "claims"),
    ],
    ids=str,
)
def test_claims_that_are_wrong(staff, provider, ask, claims, code):
    """Each claim is checked on its own; the same provider without the flaw logs in."""
    assert _login(staff, provider, ask).subject
    provider.claims = claims
    with pytest.raises(AnswerRefused) as refused:
        _login(staff, provider, ask)
    assert refused.value.code == code


@pytest.mark.parametrize("header", [{"typ": "at+jwt"}, {"typ": "logout+jwt"}, {"kid": "unknown"}], ids=str)
def test_headers_that_are_wrong(staff, provider, ask, header):
    """A token of another type or of an unknown key is refused; without a type, or without kid and one key, it is not."""
    provider.header = {"typ": None, "kid": None}
    assert _login(staff, provider, ask).subject
    provider.header = header
    with pytest.raises(AnswerRefused) as refused:
        _login(staff, provider, ask)
    assert refused.value.code == "id-token"


def test_foreign_key(staff, provider, ask):
    """A token signed by a key that carries the right id but is not the published one is refused."""
    assert _login(staff, provider, ask).subject
    provider.sign_with = op.ec_key("k1")
    with pytest.raises(AnswerRefused) as refused:
        _login(staff, provider, ask)
    assert refused.value.code == "id-token"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "another"}, "state"),
        ({"state": ""}, "state"),
        ({"iss": "https://other.example"}, "issuer"),
        ({"code": ""}, "code"),
        ({"code": "x" * 5000}, "code"),
        ({"code": "never given"}, "code"),
    ],
    ids=str,
)
def test_answers_that_are_wrong(staff, provider, ask, changes, code):
    """State, issuer, code and error of the authorization response; nothing is sent on before they are right."""
    assert _login(staff, provider, ask).subject
    sent = provider.hits.count("/token")
    with pytest.raises(AnswerRefused) as refused:
        _login(staff, provider, ask, **changes)
    assert refused.value.code == code
    assert provider.hits.count("/token") - sent == (changes == {"code": "never given"})


def test_missing_iss_counts_only_where_it_was_promised(provider, keyring, ask):
    """RFC 9207: a provider that names itself must; one that never does is judged by the rest."""
    for promised in (True, False):
        provider.discovery = {"authorization_response_iss_parameter_supported": promised}
        upstream = _upstream(provider, keyring)
        handover = _begin(upstream, ask)
        told = provider.login(handover.url)
        del told["iss"]
        if promised:
            with pytest.raises(AnswerRefused) as refused:
                _complete(upstream, handover, told)
            assert refused.value.code == "issuer"
        else:
            assert _complete(upstream, handover, told).subject


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "login-cancelled"),
        ("login_required", "login-cancelled"),
        ("unmet_authentication_requirements", "level-not-reached"),
        ("server_error", "provider-error"),
        ("temporarily_unavailable", "provider-error"),
        ("invalid_scope", "request-faulty"),
        ("<script>", "request-faulty"),
    ],
)
def test_error_answers(staff, provider, ask, error, code):
    """Each error of the provider has its row among the endings; its own words go nowhere."""
    sent = provider.hits.count("/token")
    with pytest.raises(LoginDenied) as denied:
        _login(staff, provider, ask, error=error, error_description="words of a stranger")
    assert denied.value.code == code
    assert code in ENDINGS
    assert "stranger" not in denied.value.detail
    assert "<" not in denied.value.detail
    assert provider.hits.count("/token") == sent
    assert _login(staff, provider, ask).subject


def test_code_is_single_and_bound(staff, provider, ask):
    """A code used twice, or brought into another login, is refused by the provider and so by us."""
    handover = _begin(staff, ask)
    told = provider.login(handover.url)
    assert _complete(staff, handover, told).subject
    with pytest.raises(AnswerRefused):
        _complete(staff, handover, told)
    mine, other = _begin(staff, ask), _begin(staff, ask)
    provider.login(other.url, code="of the other")
    with pytest.raises(AnswerRefused) as refused:
        _complete(staff, mine, {**provider.login(mine.url), "code": "of the other"})
    assert refused.value.code == "code"


def test_level_is_the_operators_word(provider, keyring, ask):
    """The account reaches the level of the settings and not more; an unknown level stops the start."""
    low = _upstream(provider, keyring, level="low")
    with pytest.raises(LevelNotReached):
        _begin(low, ask)
    handover = _begin(low, replace(ask, level=Level.LOW))
    told = provider.login(handover.url)
    with pytest.raises(LevelNotReached):
        _complete(low, handover, told)
    assert _complete(low, handover, told, level=Level.LOW).level is Level.LOW
    with pytest.raises(UnknownLevel):
        _upstream(provider, keyring, level="STORK-QAA-Level-4")


def test_citizens_account_brings_no_staff_rights(provider, keyring, ask):
    """An account that is not for staff yields no authorities and no roles, whatever its provider claims."""
    provider.claims = {"given_name": "Erika", "email": "e@example.org"}
    citizens = _upstream(provider, keyring, staff=False, id_token_algorithm="ES256")
    assertion = _login(citizens, provider, ask)
    assert {name: each.value for name, each in assertion.attributes.items()} == {
        "given_name": "Erika",
        "email": "e@example.org",
    }


def test_token_endpoint_without_id_token(staff, provider, ask):
    """A token answer without an ID token identifies nobody; one with an error in it neither."""
    provider.token_answer = lambda told: {**told, "id_token": 7}
    with pytest.raises(AnswerRefused):
        _login(staff, provider, ask)
    provider.token_answer = lambda told: {"error": "invalid_client"}
    with pytest.raises(UpstreamUnavailable) as refused:
        _login(staff, provider, ask)
    assert refused.value.code == "token-endpoint"
    provider.token_answer = lambda told: told
    assert _login(staff, provider, ask).subject


def test_without_a_client_key(provider, ask):
    """Without our key nothing is sent to the token endpoint."""
    upstream = _upstream(provider, Keyring([]))
    with pytest.raises(GateError) as refused:
        _login(upstream, provider, ask)
    assert refused.value.code == "signing-key"
    assert "/token" not in provider.hits
