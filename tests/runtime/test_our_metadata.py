"""The lint of our own metadata: nothing to say about what the gate serves, one finding for each flaw put into it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from idgateway.upstream.saml.metadata.ours import service_provider
from keys.certificates import self_signed
from keys.custody import FileCustody
from keys.keyring import Keyring, Purpose
from keys.minting import CERTIFICATE_LIFE, mint
from runtime.inspection.ours import check_ours, lint
from runtime.settings import load
from tests.idgateway.upstream import idp
from tests.runtime.conftest import NOW

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
ACS = "https://gate.viernheim.example/saml/bundid/acs"


@pytest.fixture
def gate(installation):
    """The example's gate."""
    return load(installation / "config.toml").gate


@pytest.fixture
def ring(made_keys) -> Keyring:
    return FileCustody(made_keys / "gate").load()


def served(gate, ring, acs: str = ACS):
    return etree.fromstring(service_provider(gate.saml[0], ring, acs, NOW))


def found(root, gate, at=NOW) -> list[tuple[str, str]]:
    return [(each.verdict, each.cause) for each in lint(etree.tostring(root), "ours", gate, at)]


def test_what_the_gate_serves_is_clean(gate, ring, installation):
    """Also during a rollover of both keys; the tour says where they stand."""
    assert found(served(gate, ring), gate) == []
    fresh = [mint(purpose, NOW - timedelta(seconds=1)) for purpose in (Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION)]
    rolling = served(gate, Keyring([*ring, *fresh]))
    assert len(list(rolling.iter(MD + "KeyDescriptor"))) == 4
    assert found(rolling, gate) == []
    (told,) = check_ours(load(installation / "config.toml"), NOW)
    assert (told.verdict, "/saml/bundid/metadata" in told.cause) == ("good", True)


def same_key(root):
    signing, encryption = (each.find(".//{*}X509Certificate") for each in root.iter(MD + "KeyDescriptor"))
    encryption.text = signing.text


def weak_key(root):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = self_signed(key, common_name="x", not_before=NOW, not_after=NOW + timedelta(days=9))
    next(root.iter("{*}X509Certificate")).text = idp._der(certificate)


FLAWS = {
    "validUntil": lambda root: root.set("validUntil", "2030-01-01T00:00:00Z"),
    "carry ID": lambda root: root.set("ID", "_1"),
    "cacheDuration": lambda root: root.find(MD + "SPSSODescriptor").set("cacheDuration", "P1D"),
    "entityID": lambda root: root.set("entityID", "https://gate.viernheim.example:443/saml"),
    "One key serves": same_key,
    "no RSA key of 3072": weak_key,
    "outside": lambda root: root.find(f".//{MD}AssertionConsumerService").set("Location", "https://else.example/acs"),
}


@pytest.mark.parametrize("says", FLAWS)
def test_each_flaw_is_one_finding(gate, ring, says):
    """Wrong, and named; without it nothing is said."""
    root = served(gate, ring)
    assert found(root, gate) == []
    FLAWS[says](root)
    assert [(verdict, says in cause) for verdict, cause in found(root, gate)] == [("wrong", True)]


def test_plain_http_is_for_the_demo_alone(gate, ring):
    """Even on the loopback answers of a real account come by https."""
    here = replace(gate, issuer="http://localhost:8080")
    root = served(gate, ring, "http://localhost:8080/saml/bundid/acs")
    assert [(verdict, "not https" in cause) for verdict, cause in found(root, here)] == [("wrong", True)]
    assert found(root, replace(here, demo=True)) == []


def test_dates_are_read(gate, ring):
    """Ended and not yet valid, each certificate by itself."""
    root = served(gate, ring)
    for at, says in ((NOW + CERTIFICATE_LIFE, "ended"), (NOW - timedelta(days=1), "begins")):
        assert [(verdict, says in cause) for verdict, cause in found(root, gate, at)] == [("wrong", True)] * 2


def test_a_third_key_is_doubtful(gate, ring):
    """Two of a use are a rollover, three are too many for some readers."""
    more = [mint(Purpose.SAML_SIGNING, NOW - timedelta(seconds=each)) for each in (1, 2)]
    root = served(gate, Keyring([*ring, *more]))
    assert [(verdict, "3 signing keys" in cause) for verdict, cause in found(root, gate)] == [("warning", True)]


@pytest.mark.parametrize("written", ["", "BMI-0000", "A0000", "BMI-A00000", "bmi-A0000"])
def test_a_service_without_bmi_id_is_told(installation, written):
    """For the accounts of BundID; both forms of the number are right."""
    path = installation / "config.toml"
    text = path.read_text(encoding="utf-8")
    for right in ("BMI-A0000", "BMI-B1234567"):
        path.write_text(text.replace("BMI-A0000", right), encoding="utf-8")
        assert {each.verdict for each in check_ours(load(path), NOW)} == {"good"}
    path.write_text(text.replace("BMI-A0000", written), encoding="utf-8")
    (told,) = (each for each in check_ours(load(path), NOW) if each.verdict != "good")
    assert (told.verdict, told.subject) == ("warning", "client urkunde-online")


def test_metadata_to_be_fetched_are_told_until_they_are_there(installation, capsys):
    """Not fetched: a warning with the command; a failed look: a warning, and the last good ones are judged."""
    from runtime.cli import main
    from runtime.inspection.peers import check_peers

    path = installation / "config.toml"
    text = path.read_text(encoding="utf-8")
    address = 'metadata_url = "http://127.0.0.1:9/idp"\npeer_entity_id = "https://id.bund.example/idp"'
    fetched = text.replace('metadata_file = "peers/bundid-metadata.xml"', address, 1)

    def told():
        found = [each for each in check_peers(load(path), NOW) if each.subject == "gate.saml bundid"]
        return [(each.verdict, each.cause) for each in found]

    path.write_text(fetched, encoding="utf-8")
    ((verdict, cause),) = told()
    assert (verdict, "not been fetched yet" in cause) == ("warning", True)
    path.write_text(text, encoding="utf-8")
    assert main(["metadata", "refresh", "--config", str(path)]) == 0
    path.write_text(fetched, encoding="utf-8")
    ((verdict, cause),) = told()
    assert (verdict, "1 signing key" in cause) == ("good", True)
    assert main(["metadata", "refresh", "--config", str(path)]) == 1
    first, second = told()
    assert (first[0], "(unreachable)" in first[1], second[0]) == ("warning", True, "good")
