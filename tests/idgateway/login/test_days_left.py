"""``/metrics`` says how many days what the gate depends on still lasts, so that a monitor can raise the alarm."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from idgateway.app import create_app
from idgateway.settings import GateSettings, SamlProvider
from keys.minting import CERTIFICATE_LIFE
from tests.idgateway.login.world import ISSUER, NOW, Clock
from tests.runtime.saml import metadata


def days_left(client: FlaskClient) -> dict[tuple[str, str], float]:
    """Kind and name to days, as Prometheus would read them."""
    found = re.findall(
        r'^gate_days_left\{kind="([^"]+)",name="([^"]+)"\} (\S+)$', client.get("/metrics").text, re.MULTILINE
    )
    return {(kind, name): float(days) for kind, name, days in found}


def test_each_provider_and_each_certificate_has_its_days(gate_database, keyring, tmp_path):
    """Exact to the hour, per provider; they fall as time passes, and below zero after the end."""
    providers = []
    for name, days in (("bundid", 40), ("bayernid", 400)):
        file = tmp_path / f"{name}.xml"
        file.write_bytes(metadata(f"https://{name}.example", name, ends=NOW + timedelta(days=days)))
        entity_id = f"https://gate.example/saml/{name}"
        providers.append(SamlProvider(name=name, title=name, metadata_file=file, entity_id=entity_id))
    settings = GateSettings(issuer=ISSUER, keys_directory=tmp_path, database_url="", saml=tuple(providers))
    clock = Clock()
    client = create_app(settings, gate_database, keyring, clock=clock).test_client()
    ours = CERTIFICATE_LIFE.days
    assert days_left(client) == {
        ("provider", "bundid"): 40,
        ("provider", "bayernid"): 400,
        ("certificate", "saml-signing"): ours,
        ("certificate", "saml-encryption"): ours,
    }
    clock.turn(days=40, hours=12)
    later = days_left(client)
    assert later["provider", "bundid"] == -0.5
    assert later["provider", "bayernid"] == pytest.approx(359.5)
    assert later["certificate", "saml-signing"] == pytest.approx(ours - 40.5)
