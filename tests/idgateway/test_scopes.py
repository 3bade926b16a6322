"""Scopes narrow claims: each claim has one scope, and the claims parameter says what is needed and what is voluntary."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from idgateway.assurance import Level
from idgateway.attributes import CLAIMS
from idgateway.provider.client_keys import ClientKeys
from idgateway.provider.draft import Sources, draft_of, finished
from idgateway.provider.wishes import check_claims
from idgateway.scopes import LOGIN, SCOPES, claims_of

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOTHING = Sources(our_keys=dict, client_keys=ClientKeys(demo=False), fetched=lambda address, _: address)
AGREED = ("given_name", "family_name", "email", "address")


def test_every_claim_has_exactly_one_scope():
    """Nothing an application may receive is left without a scope, and none stands in two."""
    assert sorted(claim for claims in SCOPES.values() for claim in claims) == sorted(CLAIMS)


def test_openid_alone_and_scopes_of_another_kind_bring_nothing():
    assert claims_of(("openid", "postbox", "offline_access", "notices:write", "unknown")) == frozenset()
    assert claims_of(LOGIN) == set(CLAIMS)


def request_for(scope: str, claims: dict | None = None):
    given = {"redirect_uri": "https://app.example/cb"} | ({"claims": json.dumps(claims)} if claims else {})
    client = SimpleNamespace(client_id="app", claims=AGREED, redirect_uris=())
    draft = draft_of(given.items(), {}, "https://gate.example", NOW, sources=NOTHING, pushed=False)
    values = {**vars(draft), "client": client, "scopes": tuple(scope.split()), "level": Level.BASIC}
    return finished(check_claims(type(draft)(**values)))


@pytest.mark.parametrize(
    ("scope", "wish", "released", "voluntary"),
    [
        ("openid", None, (), ()),
        ("openid profile", None, ("given_name", "family_name"), ()),
        ("openid profile phone", None, ("given_name", "family_name"), ()),  # phone was not agreed
        ("openid", {"userinfo": {"email": None}}, ("email",), ("email",)),
        ("openid", {"userinfo": {"email": {"essential": True}}}, ("email",), ()),
        ("openid", {"userinfo": {"birthdate": {"essential": True}}}, (), ()),  # nor was the date of birth
        ("openid email", {"id_token": {"email": None}}, ("email",), ()),  # needed by its scope, wished at a place
        ("openid email", {"id_token": {"email": {"essential": False}}}, ("email",), ("email",)),
        (
            "openid email",
            {"userinfo": {"email": {"essential": True}}, "id_token": {"email": {"essential": False}}},
            ("email",),
            (),
        ),
        (
            "openid",
            {"userinfo": {"verified_claims": [{"claims": {"address": {"essential": True}, "email": None}}]}},
            ("email", "address"),
            ("email",),
        ),
    ],
)
def test_what_is_released_and_what_of_it_is_voluntary(scope, wish, released, voluntary):
    """OIDC Core 5.4, 5.5.1: scopes and essential wishes are needed, other wishes voluntary, nothing beyond the agreed."""
    request = request_for(scope, wish)
    assert request.claims == released
    assert request.voluntary_claims == voluntary
