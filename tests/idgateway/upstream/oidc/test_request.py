"""What a citizen's login asks of the provider, and which login counts as the one asked for."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, UpstreamUnavailable
from tests.idgateway.upstream.conftest import NOW
from tests.idgateway.upstream.oidc.conftest import ERIKA


def asked_by(handover) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(handover.url).query).items()}


def test_what_is_asked(provider, upstream_of, ask):
    """Without the claims parameter acr_values carries the level, weakest sufficient first; the login is a fresh one."""
    asked = asked_by(upstream_of().begin(replace(ask, level=Level.SUBSTANTIAL)))
    assert asked["acr_values"] == "urn:app urn:card"
    assert (asked["prompt"], asked["max_age"], asked["ui_locales"]) == ("login", "60", "de")
    assert "claims" not in asked
    assert "acr_values" not in asked_by(upstream_of(levels={}, level="high").begin(ask))


def test_only_what_the_application_may_have_is_asked(provider, upstream_of, ask):
    """The claims parameter names the asked attributes alone, as proved where the provider proves them."""
    provider.discovery = {
        "claims_parameter_supported": True,
        "verified_claims_supported": True,
        "claims_in_verified_claims_supported": ["given_name", "birthdate", 7],
    }
    asked = asked_by(
        upstream_of().begin(replace(ask, level=Level.HIGH, attributes=("given_name", "locality", "level")))
    )
    proved = {"verification": {"trust_framework": None, "assurance_level": None}, "claims": {"given_name": None}}
    assert json.loads(asked["claims"]) == {
        "userinfo": {"given_name": None, "address": None, "verified_claims": proved},
        "id_token": {"acr": {"essential": True, "values": ["urn:card"]}},
    }
    assert "acr_values" not in asked


@pytest.mark.parametrize(
    ("staff", "fresh", "prompt"),
    [(False, False, "login"), (False, True, "login"), (True, True, "login"), (True, False, None)],
)
def test_who_must_log_in_anew(upstream_of, ask, staff, fresh, prompt):
    """Citizens always; staff keep their own single sign-on unless the application wants a new login."""
    asked = asked_by(upstream_of(staff=staff).begin(replace(ask, fresh=fresh)))
    assert asked.get("prompt") == prompt
    assert asked.get("max_age") == ("60" if prompt else None)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-61, "authentication-old"), (-59, ""), (0, ""), (61, ""), (63, "authentication"), (None, "authentication")],
)
def test_the_login_is_the_one_we_asked_for(provider, log_in, seconds, code):
    """auth_time counts from when we asked, with a minute for clocks; where it was asked for, it must be there."""
    at = None if seconds is None else int(NOW.timestamp()) + seconds
    provider.claims = {**ERIKA, "auth_time": at}
    if not code:
        assert log_in().subject == "erika"
        return
    with pytest.raises(AnswerRefused) as refused:
        log_in()
    assert refused.value.code == code


def offer_pushing(provider, **more):
    provider.discovery = {"pushed_authorization_request_endpoint": provider.issuer + "/par", **more}


def test_a_pushed_request_leaves_nothing_in_the_browser(provider, upstream_of, log_in, ask):
    """What binds the answer goes over the back channel, with our proof; the login is the same."""
    offer_pushing(provider)
    handover = upstream_of().begin(replace(ask, level=Level.SUBSTANTIAL))
    assert asked_by(handover) == {"client_id": "gate", "request_uri": "urn:pushed:1"}
    (pushed,) = provider.pushed
    assert (pushed["state"], pushed["nonce"]) == (ask.relay_state, handover.memory["nonce"])
    assert provider.assertions[0]["aud"] == provider.issuer
    assert log_in().subject == "erika"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((400, b'{"error": "invalid_request", "error_description": "Erika"}'), "par"),
        ((201, b'{"expires_in": 60}'), "par"),
        ((201, b'{"request_uri": ["urn:x"]}'), "par"),
        ((201, b'{"request_uri": ""}'), "par"),
        ((201, b'{"request_uri": "' + b"x" * 5000 + b'"}'), "par"),
        ((201, b'{"request_uri": "urn:x", "error": "server_error"}'), "par"),
        ((500, b"<html>"), "nonsense"),
        ((302, b"{}"), "nonsense"),
    ],
    ids=str,
)
def test_a_pushed_request_that_fails(provider, upstream_of, ask, answer, code):
    """No reference, no login: the request is never sent in the open instead, and the provider's words go nowhere."""
    offer_pushing(provider)
    provider.answers["/par"] = answer
    with pytest.raises(UpstreamUnavailable) as refused:
        upstream_of().begin(replace(ask, level=Level.SUBSTANTIAL))
    assert refused.value.code == code
    assert "Erika" not in refused.value.detail
    del provider.answers["/par"]
    assert "request_uri" in upstream_of().begin(replace(ask, level=Level.SUBSTANTIAL)).url
