"""Plan oidcc-config-certification-test-plan: the discovery document says what is there, and all of it well formed."""

from urllib.parse import urlsplit

import pytest

from tests.idgateway.login.world import ISSUER, World


@pytest.fixture
def dialect() -> str:
    """The document does not depend on the engine."""
    return "sqlite"


def test_oidcc_discovery_endpoint_verification(world: World):
    """Path and issuer, every list and flag, every endpoint, every key."""
    person = world.browser()
    answer = person.get("/.well-known/openid-configuration")
    said = answer.json
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert said["issuer"] == ISSUER
    assert "code" in said["response_types_supported"]
    assert set(said["subject_types_supported"]) <= {"pairwise", "public"}
    assert "RS256" in said["id_token_signing_alg_values_supported"]
    assert {"query", "form_post"} <= set(said["response_modes_supported"])
    assert "openid" in said["scopes_supported"]
    for flag in ("claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported"):
        assert isinstance(said[flag], bool)
    for name, value in said.items():
        if name.endswith("_supported") and isinstance(value, list):
            assert value, name
            assert all(isinstance(one, str) for one in value), name
            assert len(value) == len(set(value)), name
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(f"{ISSUER}/"), name
            assert person.get(urlsplit(value).path).status_code != 404, name
    algorithms = [value for name, values in said.items() if "alg_values" in name for value in values]
    assert "none" not in [one.lower() for one in algorithms]
    assert not [one for one in algorithms if one.startswith("HS")]


def test_a_06_the_key_set_is_public_and_each_key_has_its_id(world: World):
    """A0.6: kids distinct, no private members, a key for each algorithm that is listed."""
    person = world.browser()
    said, keys = person.get("/.well-known/openid-configuration").json, person.get("/jwks").json["keys"]
    kids = [key["kid"] for key in keys]
    assert len(kids) == len(set(kids))
    assert not [key for key in keys if {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()]
    assert set(said["id_token_signing_alg_values_supported"]) <= {key["alg"] for key in keys}


def test_plain_oauth_finds_the_same_document(world: World):
    """RFC 8414 3: under its own well-known name."""
    person = world.browser()
    paths = ("openid-configuration", "oauth-authorization-server")
    first, second = (person.get(f"/.well-known/{path}").json for path in paths)
    assert first == second
