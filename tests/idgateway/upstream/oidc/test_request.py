"""What a citizen's login asks of the provider, and which login counts as the one asked for."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused
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
