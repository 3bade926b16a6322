"""A citizens' account with an honest provider behind it, and one login from begin to end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idgateway.assurance import Level
from idgateway.settings import OidcProvider
from idgateway.upstream import Answer
from idgateway.upstream.oidc.provider import OidcUpstream
from keys.jwk import public_jwks
from keys.keyring import Purpose
from tests.idgateway.upstream import op
from tests.idgateway.upstream.conftest import NOW

CALLBACK = "https://gate.musterstadt.example/oidc/konto/callback"
LEVELS = {"urn:card": "high", "urn:password": "basic", "urn:app": "substantial"}
WANTED = ("given_name", "family_name", "locality", "nationality", "email", "level", "proved_by", "pairwise_id")
ERIKA = {"acr": "urn:app", "sub": "erika", "given_name": "Erika", "family_name": "Mustermann"}


@pytest.fixture
def provider(keyring):
    """An honest provider with Erika in front of it; userinfo is not offered."""
    with op.running() as running:
        running.client_keys = public_jwks(keyring, [Purpose.CLIENT_AUTHENTICATION], NOW)
        running.claims = dict(ERIKA)
        running.userinfo = {"sub": "erika"}
        yield running


@pytest.fixture
def upstream_of(provider, keyring):
    """Makes the account under test, with changes to its settings."""

    def make(**changes) -> OidcUpstream:
        settings = OidcProvider(
            name="konto",
            title="Konto",
            issuer=provider.issuer,
            client_id=op.CLIENT_ID,
            levels=LEVELS,
            id_token_algorithm="ES256",
        )
        return OidcUpstream(replace(settings, **changes), keyring, CALLBACK)

    return make


@pytest.fixture
def log_in(provider, upstream_of, ask):
    """Logs in: at an account of its own settings, with changes to what comes back through the browser."""

    def run(upstream=None, *, asked=Level.SUBSTANTIAL, came_back=None, now=NOW, **settings):
        upstream = upstream or upstream_of(**settings)
        wish = replace(ask, now=now, level=asked, attributes=WANTED, callback_url=CALLBACK)
        handover = upstream.begin(wish)
        parameters = {**provider.login(handover.url), **(came_back or {})}
        return upstream.complete(
            Answer(
                parameters=parameters,
                memory=handover.memory,
                callback_url=CALLBACK,
                asked_level=asked,
                asked_at=now,
                guests_welcome=False,
                now=now + timedelta(seconds=2),
            )
        )

    return run
