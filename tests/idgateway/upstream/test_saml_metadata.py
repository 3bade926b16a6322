"""Metadata both ways: BundID's hard rules for ours, and nothing but a usable provider out of theirs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import onelogin.saml2
import pytest
from lxml import etree

from idgateway.errors import GateError, UpstreamUnavailable
from idgateway.settings import Operator
from idgateway.upstream.saml.metadata.ours import check_entity_id, service_provider
from idgateway.upstream.saml.metadata.theirs import of_file
from idgateway.upstream.saml.provider import SamlUpstream
from keys.certificates import fingerprint
from keys.errors import KeyMissing
from keys.keyring import Keyring, Purpose
from keys.minting import mint
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.conftest import CALLBACK, ENTITY_ID, NOW

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = f"{{{idp.DS}}}"


def test_ours_keeps_the_hard_rules(settings, keyring):
    """Schema-valid; no validUntil, no ID, no cacheDuration; the exact entityID; one POST consumer; both key uses."""
    root = etree.fromstring(service_provider(settings, keyring, CALLBACK, NOW))
    schemas = Path(onelogin.saml2.__file__).parent / "schemas"
    etree.XMLSchema(etree.parse(schemas / "saml-schema-metadata-2.0.xsd")).assertValid(root)
    assert dict(root.attrib) == {"entityID": ENTITY_ID}
    role = root.find(MD + "SPSSODescriptor")
    assert (role.get("AuthnRequestsSigned"), role.get("WantAssertionsSigned")) == ("true", "true")
    assert [each.get("use") for each in role.findall(MD + "KeyDescriptor")] == ["signing", "encryption"]
    consumers = [(each.get("Location"), each.get("index")) for each in role.findall(MD + "AssertionConsumerService")]
    assert consumers == [(CALLBACK, "0")]
    assert role.find(MD + "SingleLogoutService") is None


def test_ours_shows_two_keys_of_each_during_a_rollover(settings, keyring):
    """While old and new keys are valid the provider learns both, the new ones first."""
    fresh = [mint(purpose, NOW - timedelta(hours=1)) for purpose in (Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION)]
    root = etree.fromstring(service_provider(settings, Keyring([*keyring, *fresh]), CALLBACK, NOW))
    uses = [each.get("use") for each in root.iter(MD + "KeyDescriptor")]
    assert uses == ["signing", "signing", "encryption", "encryption"]
    shown = [each.text for each in root.iter(DS + "X509Certificate")]
    assert len(set(shown)) == 4
    assert shown[0] == idp._der(fresh[0].certificate)


def test_ours_shows_an_announced_key_before_it_signs(settings, keyring, upstream, ask):
    """The provider learns the next signing certificate while the current one still signs."""
    fresh = mint(Purpose.SAML_SIGNING, NOW, NOW + timedelta(days=7))
    ring = Keyring([*keyring, fresh])
    root = etree.fromstring(service_provider(settings, ring, CALLBACK, NOW))
    shown = [each.text for each in root.findall(f".//{MD}KeyDescriptor[@use='signing']//{DS}X509Certificate")]
    assert shown == [idp._der(fresh.certificate), idp._der(keyring.current(Purpose.SAML_SIGNING, NOW).certificate)]
    assert ring.current(Purpose.SAML_SIGNING, NOW) == keyring.current(Purpose.SAML_SIGNING, NOW)


def test_ours_names_the_operator_where_one_is_configured(settings, keyring):
    """Organization and technical contact, schema-valid in their places; without an operator neither is there."""
    operator = Operator(
        name="Stadt Müsterstadt",
        url="https://www.musterstadt.example",
        technical_contact="IT-Betrieb",
        technical_email="it@musterstadt.example",
    )
    root = etree.fromstring(service_provider(replace(settings, operator=operator), keyring, CALLBACK, NOW))
    schemas = Path(onelogin.saml2.__file__).parent / "schemas"
    etree.XMLSchema(etree.parse(schemas / "saml-schema-metadata-2.0.xsd")).assertValid(root)
    assert [each.text for each in root.find(MD + "Organization")] == [operator.name, operator.name, operator.url]
    contact = root.find(MD + "ContactPerson")
    assert contact.get("contactType") == "technical"
    assert [each.text for each in contact] == [operator.name, "IT-Betrieb", "mailto:it@musterstadt.example"]
    plain = etree.fromstring(service_provider(settings, keyring, CALLBACK, NOW))
    assert plain.find(MD + "Organization") is None


def test_ours_needs_keys(settings, keyring):
    """Without a key of each use there is no metadata, rather than half of it."""
    assert service_provider(settings, keyring, CALLBACK, NOW)
    with pytest.raises(KeyMissing):
        service_provider(
            settings, Keyring([key for key in keyring if key.purpose is Purpose.SAML_SIGNING]), CALLBACK, NOW
        )


@pytest.mark.parametrize(
    "entity_id",
    [
        "http://gate.example/sp",
        "https://gate.example:443/sp",
        "https://gate.example:8443/sp",
        "https://user@gate.example/sp",
        "https://Gate.example/sp",
        "urn:gate",
        "https:///sp",
        "",
    ],
)
def test_entity_id_without_port(settings, keyring, entity_id):
    """BundID 7.2: https, no port; and the host in the one spelling that bPK2 is derived from."""
    check_entity_id(ENTITY_ID)
    with pytest.raises(GateError) as refused:
        SamlUpstream(replace(settings, entity_id=entity_id), keyring, CALLBACK)
    assert refused.value.code == "entity-id"


@pytest.mark.parametrize(
    "change", [{"clock_skew_seconds": 181}, {"clock_skew_seconds": -1}, {"request_signature": "x"}]
)
def test_settings_out_of_bounds_stop_the_start(settings, keyring, change):
    """A skew beyond 180 s or an unknown signature is refused at the start; the bounds themselves are not."""
    SamlUpstream(replace(settings, clock_skew_seconds=180, request_signature="rsa-pss"), keyring, CALLBACK)
    with pytest.raises(GateError) as refused:
        SamlUpstream(replace(settings, **change), keyring, CALLBACK)
    assert refused.value.code == "settings"


def test_libraries_must_be_the_pinned_pair(settings, keyring, monkeypatch):
    """With lxml and xmlsec on two different libxml2, memory breaks: the start stops and says so."""
    assert SamlUpstream(settings, keyring, CALLBACK)
    monkeypatch.setattr(etree, "LIBXML_VERSION", (2, 9, 14))
    with pytest.raises(GateError) as refused:
        SamlUpstream(settings, keyring, CALLBACK)
    assert refused.value.code == "libraries"


def _read(tmp_path, data: bytes):
    path = tmp_path / "idp.xml"
    path.write_bytes(data)
    return of_file(path)


def test_theirs_is_read(tmp_path):
    """entityID, the POST address, all signing certificates and when the last of them ends."""
    peer = _read(tmp_path, idp.metadata("honest", "next"))
    assert (peer.entity_id, peer.sso_url) == (idp.ENTITY_ID, idp.SSO_URL)
    expected = [fingerprint(idp.certificate(name)) for name in ("honest", "next")]
    assert [fingerprint(each) for each in peer.certificates] == expected
    assert peer.not_after == datetime(2046, 1, 1, tzinfo=UTC)
    assert len(peer.pinned) == 2


def test_theirs_ends_with_valid_until(tmp_path):
    """Metadata that end before the certificates end then."""
    peer = _read(tmp_path, idp.metadata("honest", validUntil="2027-01-01T00:00:00Z"))
    assert peer.not_after == datetime(2027, 1, 1, tzinfo=UTC)


def test_our_own_metadata_is_readable_by_the_same_rules(settings, keyring, upstream, tmp_path):
    """The upstream hands out the metadata; as identity provider's they are refused, because they describe none."""
    assert upstream.metadata(NOW) == service_provider(settings, keyring, CALLBACK, NOW)
    with pytest.raises(UpstreamUnavailable):
        _read(tmp_path, upstream.metadata(NOW))


GOOD = idp.metadata("honest")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>maintenance</html>",
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>" + GOOD,
        GOOD.replace(b"IDPSSODescriptor", b"SPSSODescriptor"),
        GOOD.replace(b"HTTP-POST", b"HTTP-Redirect"),
        GOOD.replace(b"https://idp.example/idp/profile", b"http://idp.example/idp/profile"),
        GOOD.replace(b"https://idp.example/idp/profile", b"javascript:alert(1)//"),
        GOOD.replace(b'use="signing"', b'use="encryption"'),
        GOOD.replace(b"<ds:X509Certificate>", b"<ds:X509Certificate>AAAA"),
        GOOD.replace(b' entityID="https://idp.example/idp"', b""),
        idp.metadata("weak", bits=1024),
        idp.metadata("honest", validUntil="soon"),
        GOOD + b" " * (1024 * 1024),
    ],
)
def test_theirs_is_refused_when_unusable(tmp_path, data):
    """No provider, no POST over https, no strong signing key, a DTD, too large: the start stops with one clear error."""
    assert _read(tmp_path, GOOD).entity_id
    with pytest.raises(UpstreamUnavailable) as refused:
        _read(tmp_path, data)
    assert refused.value.code == "metadata"


def test_theirs_is_missing(tmp_path):
    """A file that is not there is named, with what to do."""
    with pytest.raises(UpstreamUnavailable, match=r"idp\.xml cannot be read.*fetch it"):
        of_file(tmp_path / "idp.xml")
