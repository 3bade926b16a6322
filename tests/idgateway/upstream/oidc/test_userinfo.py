"""Userinfo: asked only where something is missing, and believed only for the person of the ID token."""

import pytest

from idgateway.errors import AnswerRefused
from tests.idgateway.upstream import op
from tests.idgateway.upstream.oidc.conftest import ERIKA


def told(assertion) -> dict:
    return {name: (one.value, one.level) for name, one in assertion.attributes.items()}


def offer_userinfo(provider, **claims):
    provider.discovery = {**provider.discovery, "userinfo_endpoint": provider.issuer + "/userinfo"}
    provider.userinfo = {"sub": "erika", **claims}


def test_userinfo_brings_what_the_id_token_lacks(provider, log_in):
    """Fetched with the access token, for the same person, and only where something is missing."""
    offer_userinfo(provider, email="erika@example.org", email_verified=True, address={"locality": " Ko\u0308ln "})
    assert told(log_in()) == {
        "given_name": ("Erika", None),
        "family_name": ("Mustermann", None),
        "email": ("erika@example.org", None),
        "locality": ("Köln", None),
    }
    assert f"Bearer {op.ACCESS_TOKEN}" in provider.bearers
    asked = provider.hits.count("/userinfo")
    provider.claims = {**ERIKA, "email": "e@example.org", "address": {"locality": "Köln"}, "nationalities": ["DE"]}
    log_in()
    assert provider.hits.count("/userinfo") == asked


@pytest.mark.parametrize("subject", ["someone-else", None, "Erika", ["erika"]], ids=str)
def test_userinfo_of_another_person(provider, log_in, subject):
    """Token substitution: without the ID token's own subject nothing of it is read."""
    offer_userinfo(provider, email="erika@example.org")
    assert "email" in log_in().attributes
    provider.userinfo["sub"] = subject
    with pytest.raises(AnswerRefused) as refused:
        log_in()
    assert refused.value.code == "userinfo-subject"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": "another"}, "userinfo"),
        ({"aud": None}, "userinfo"),
        ({"iss": "https://x.example"}, "id-token"),
        ({"exp": 1}, "id-token"),
    ],
    ids=str,
)
def test_signed_userinfo(provider, log_in, changes, code):
    """A signed answer is verified like an ID token: issuer, audience, times and one of the provider's keys."""
    offer_userinfo(provider, iss=provider.issuer, aud=op.CLIENT_ID, email="erika@example.org")
    provider.userinfo_kind = "application/jwt"
    assert "email" in log_in().attributes
    good = dict(provider.userinfo)
    provider.userinfo = {**good, **changes}
    with pytest.raises(AnswerRefused) as refused:
        log_in()
    assert refused.value.code == code
    provider.userinfo, provider.userinfo_kind = good, "application/json"
    assert "email" in log_in().attributes


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": None},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": 7},
        {"token_type": "DPoP"},
        {"token_type": None},
    ],
    ids=str,
)
def test_access_tokens_we_cannot_use(provider, log_in, answer):
    """Only a bearer token of plain characters is sent anywhere."""
    offer_userinfo(provider, email="erika@example.org")
    provider.token_answer = lambda told: {**told, "token_type": "bearer"}
    assert "email" in log_in().attributes
    provider.token_answer = lambda told: {**told, **answer}
    with pytest.raises(AnswerRefused) as refused:
        log_in()
    assert refused.value.code == "access-token"
