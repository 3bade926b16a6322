"""What ends is told 60, 30 and 7 days before: the identity provider's certificates and metadata, and our own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from idgateway.settings import SamlProvider
from keys.keyring import GATE_PURPOSES
from keys.minting import CERTIFICATE_LIFE
from runtime.findings import Finding
from runtime.inspection.theirs import check_metadata
from runtime.inspection.vault import check_directory
from tests.runtime.conftest import NOW as MADE_AT
from tests.runtime.saml import metadata

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STAGES = [
    (timedelta(days=61), "good", ""),
    (timedelta(days=60), "warning", "in 60 days (60-day alarm)"),
    (timedelta(days=31), "warning", "in 31 days (60-day alarm)"),
    (timedelta(days=30), "warning", "in 30 days (30-day alarm)"),
    (timedelta(days=8), "warning", "in 8 days (30-day alarm)"),
    (timedelta(days=7), "warning", "in 7 days (7-day alarm)"),
    (timedelta(days=1, hours=3), "warning", "in 1 day (7-day alarm)"),
    (timedelta(0), "wrong", "every login is refused"),
]


def look(folder: Path, document: bytes) -> Finding:
    """What ``check`` finds about this metadata file."""
    file = folder / "metadata.xml"
    file.write_bytes(document)
    provider = SamlProvider(name="bundid", title="BundID", metadata_file=file, entity_id="https://gate.example/saml")
    (found,) = check_metadata(provider, NOW)
    return found


def planted(days: timedelta, **attributes: str) -> bytes:
    """Metadata with a certificate that ends so much later, and with attributes of the root."""
    root = etree.fromstring(metadata("https://id.example", "id.example", ends=NOW + days))
    for name, value in attributes.items():
        root.set(name, value)
    return etree.tostring(root)


@pytest.mark.parametrize(("left", "verdict", "says"), STAGES, ids=str)
def test_the_providers_certificate_is_told_in_stages(tmp_path, left, verdict, says):
    """Each stage at its day; the cure is to fetch new metadata."""
    found = look(tmp_path, planted(left))
    assert (found.verdict, says in found.cause) == (verdict, True), found
    if verdict != "good":
        assert "certificate" in found.cause
        assert "Fetch" in found.cure


@pytest.mark.parametrize(("left", "verdict", "says"), STAGES, ids=str)
def test_the_metadatas_own_end_is_told_in_stages(tmp_path, left, verdict, says):
    """``validUntil`` counts as much as the certificate, and is named."""
    found = look(tmp_path, planted(timedelta(days=400), validUntil=(NOW + left).isoformat()))
    assert (found.verdict, says in found.cause) == (verdict, True), found
    assert ("validUntil" in found.cause) == (verdict != "good")


def test_in_a_rollover_the_newer_certificate_counts(tmp_path):
    """The old one may end in three days when the new one is there; alone it is an alarm."""
    root, new = (etree.fromstring(planted(timedelta(days=days))) for days in (3, 400))
    assert look(tmp_path, etree.tostring(root)).verdict == "warning"
    root[0].insert(0, new[0][0])
    assert look(tmp_path, etree.tostring(root)).verdict == "good"


@pytest.mark.parametrize(("left", "verdict", "says"), STAGES[:-1], ids=str)
def test_our_own_certificates_are_told_in_stages(made_keys, left, verdict, says):
    """Both SAML certificates, each with the command that renews it; no other key has an end."""
    at = (MADE_AT - timedelta(minutes=1)).replace(microsecond=0) + CERTIFICATE_LIFE - left
    findings = list(check_directory("gate", made_keys / "gate", GATE_PURPOSES, at))
    alarms = [found for found in findings if found.verdict == "warning"]
    assert len(alarms) == (0 if verdict == "good" else 2)
    for found, purpose in zip(alarms, ("saml-signing", "saml-encryption"), strict=False):
        assert says in found.cause
        assert f"idgateway keys rotate gate {purpose}" in found.cure
