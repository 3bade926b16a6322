"""Client profiles: what may stand together in a registration, and PKCE where it may be left out."""

from dataclasses import replace

import pytest

from idgateway.errors import NotConfigured
from idgateway.provider.clients import load_clients
from idgateway.settings import GateSettings
from tests.idgateway.login.world import World, query_of


@pytest.fixture
def dialect() -> str:
    """Registrations are read without any database."""
    return "sqlite"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id_token_algorithm": "none"}, "id_token_algorithm is one of"),
        ({"id_token_algorithm": "HS256"}, "id_token_algorithm is one of"),
        ({"response_modes": ()}, "response_modes are some of"),
        ({"response_modes": ("query", "fragment")}, "response_modes are some of"),
        ({"profile": "fapi2", "require_pkce": False}, "fapi2 needs require_pkce"),
        ({"profile": "fapi2", "id_token_algorithm": "RS256"}, "fapi2 needs id_token_algorithm"),
        ({"authorization_algorithm": "none"}, "authorization_algorithm is as for ID tokens"),
        ({"profile": "fapi2", "authorization_algorithm": "RS256"}, "authorization_algorithm is as for ID tokens"),
        ({"profile": "fapi2", "userinfo_algorithm": "RS256"}, "userinfo_algorithm is as for ID tokens"),
    ],
)
def test_what_contradicts_the_profile_stops_the_start(world: World, change: dict, told: str):
    """Each is named with its client; each half of it alone is fine."""
    settings: GateSettings = world.app.extensions["gate"].settings
    (client,) = (one for one in settings.clients if one.client_id == "urkunde")
    with pytest.raises(NotConfigured, match=told) as caught:
        load_clients(replace(settings, clients=(replace(client, **change),)))
    assert "urkunde" in caught.value.detail
    for fine in (
        {"profile": "fapi2"},
        {"require_pkce": False},
        {"id_token_algorithm": "RS256"},
        {"require_par": True},
        {"authorization_algorithm": "RS256"},
        {"userinfo_algorithm": "RS256"},
    ):
        load_clients(replace(settings, clients=(replace(client, **fine),)))


@pytest.mark.parametrize(
    "uri",
    [
        "http://rp.example/callback",
        "https://rp.example/callback#x",
        "https://user@rp.example/callback",
        "https://*.rp.example/callback",
        "https://rp.example\\@evil.example/",
        "https:///callback",
        "https://rp.example:x/",
        "https://a;b.example/",
        "https://a,b.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "rp.example/callback",
        "",
    ],
)
def test_t8_a_way_back_is_a_safe_web_address(world: World, uri: str):
    """R9, T8: no script, no plain http but on this machine, no fragment, no joker; the start stops and says so."""
    settings: GateSettings = world.app.extensions["gate"].settings
    (client,) = (one for one in settings.clients if one.client_id == "urkunde")
    with pytest.raises(NotConfigured, match="redirect_uris are https"):
        load_clients(replace(settings, clients=(replace(client, redirect_uris=(*client.redirect_uris, uri)),)))
    for fine in ("https://rp.example/callback?x=1", "http://127.0.0.1:5000/callback", "http://localhost/"):
        load_clients(replace(settings, clients=(replace(client, redirect_uris=(fine,), initiate_login_uri=""),)))


def test_fapi2_always_pushes(world: World):
    """Whatever the setting says."""
    clients = world.app.extensions["gate"].clients
    assert clients["fapi"].require_par
    assert not clients["urkunde"].require_par


def test_only_a_client_registered_so_goes_without_pkce(world: World):
    """And who sends no challenge cannot send a verifier later (RFC 9700 4.8: no downgrade)."""
    person, without = world.browser(), {"code_challenge": None, "code_challenge_method": None}
    assert query_of(person.authorize(**without).location)["error"] == "invalid_request"
    code = person.login("basic", **without)["code"]
    assert person.redeem(code, "basic").json["error"] == "invalid_grant"
    assert person.redeem(code, "basic", code_verifier=None).status_code == 200
    with_challenge = person.login("basic", prompt="login")["code"]
    assert person.redeem(with_challenge, "basic", code_verifier=None).json["error"] == "invalid_grant"
    assert person.redeem(with_challenge, "basic").status_code == 200


@pytest.mark.parametrize(
    "fault", [{"code_challenge": None}, {"code_challenge_method": "plain"}, {"code_challenge": "x"}]
)
def test_half_a_challenge_is_refused_from_everyone(world: World, fault: dict):
    """Also where none at all would do."""
    assert query_of(world.browser().authorize("basic", **fault).location)["error"] == "invalid_request"
