"""The login request, read by other eyes: libxmlsec, the SAML schema, and the order of BundID's interface description."""

from dataclasses import replace
from pathlib import Path

import onelogin.saml2
import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.assurance import Level
from idgateway.errors import UpstreamUnavailable
from idgateway.upstream.saml.provider import SamlUpstream
from keys.keyring import Purpose
from tests.idgateway.upstream.conftest import CALLBACK, ENTITY_ID, NOW
from tests.idgateway.upstream.idp import OID, SSO_URL

SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
AKDB = "{https://www.akdb.de/request/2018/09}"
UI = "{https://www.akdb.de/request/2018/09/classic-ui/v1}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


def _verifies(root, keyring) -> bool:
    pem = keyring.current(Purpose.SAML_SIGNING, NOW).certificate.public_bytes(Encoding.PEM)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem, None)
    try:
        context.verify(root.find(DS + "Signature"))
    except xmlsec.Error:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("rsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
        ("rsa-pss", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
    ],
)
def test_signature_verifies_with_libxmlsec(settings, keyring, begin, name, uri):
    """The vault's signature over our own canonical form is one that libxmlsec verifies; one changed letter and not."""
    upstream = SamlUpstream(replace(settings, request_signature=name), keyring, CALLBACK)
    root = replace(begin(), handover=upstream.begin(begin().ask)).request()
    assert root.find(f"{DS}Signature/{DS}SignedInfo/{DS}SignatureMethod").get("Algorithm") == uri
    assert _verifies(root, keyring)
    root.find(f".//{UI}OrganizationDisplayName").text += "!"
    assert not _verifies(root, keyring)


def test_request_is_valid_and_in_schema_order(login):
    """The SAML schema accepts the request, with Issuer, Signature, Extensions, NameIDPolicy, RequestedAuthnContext."""
    schemas = Path(onelogin.saml2.__file__).parent / "schemas"
    etree.XMLSchema(etree.parse(schemas / "saml-schema-protocol-2.0.xsd")).assertValid(login.request())
    order = [etree.QName(child).localname for child in login.request()]
    assert order == ["Issuer", "Signature", "Extensions", "NameIDPolicy", "RequestedAuthnContext"]


def test_envelope_names_both_sides(login):
    """Issuer, Destination and callback are exact, a fresh login is forced, and the id can be an xs:ID."""
    root = login.request()
    assert root.findtext("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer") == ENTITY_ID
    assert root.get("Destination") == login.handover.url == SSO_URL
    assert root.get("AssertionConsumerServiceURL") == CALLBACK
    assert (root.get("ForceAuthn"), root.get("IsPassive")) == ("true", "false")
    assert root.get("ID") == login.handover.memory["request_id"]
    assert root.get("ID").startswith("_")
    assert root.get("IssueInstant") == "2026-11-24T09:29:00Z"
    assert login.handover.fields["RelayState"] == login.ask.relay_state


def test_every_request_has_its_own_id(begin):
    """No two logins share a request id."""
    assert len({begin().handover.memory["request_id"] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("level", "stork", "means"),
    [
        (Level.BASIC, "STORK-QAA-Level-1", ["Benutzername", "eID", "eIDAS", "Elster"]),
        (Level.LOW, "STORK-QAA-Level-2", ["eID", "eIDAS", "Elster"]),
        (Level.SUBSTANTIAL, "STORK-QAA-Level-3", ["eID", "eIDAS", "Elster"]),
        (Level.HIGH, "STORK-QAA-Level-4", ["eID", "eIDAS"]),
    ],
)
def test_level_chooses_context_and_means(begin, level, stork, means):
    """The level is asked for as minimum, and only means that can reach it are offered."""
    login = begin(level=level)
    context = login.request().find(SAMLP + "RequestedAuthnContext")
    assert (context.get("Comparison"), context[0].text) == ("minimum", stork)
    methods = login.request().find(f".//{AKDB}AuthnMethods")
    assert [etree.QName(method).localname for method in methods] == means
    assert {method.findtext(AKDB + "Enabled") for method in methods} == {"true"}
    assert login.handover.memory["means"].split() == means


def _requested(login) -> dict[str, str | None]:
    found = login.request().iter(AKDB + "RequestedAttribute")
    return {each.get("Name"): each.get("RequiredAttribute") for each in found}


def test_extension_asks_for_what_is_needed_and_requires_only_the_identifier(login):
    """Version 2 with the asked attributes, level and means; required is the identifier alone."""
    extension = login.request().find(f".//{AKDB}AuthenticationRequest")
    assert (extension.get("Version"), extension.get("EnableStatusDetail")) == ("2", "true")
    order = [etree.QName(child).localname for child in extension]
    assert order == ["AuthnMethods", "RequestedAttributes", "DisplayInformation"]
    requested = _requested(login)
    assert {OID[name] for name in login.ask.attributes} <= set(requested)
    assert {OID["level"], OID["proved_by"]} <= set(requested)
    assert [name for name, required in requested.items() if required] == [OID["pairwise_id"]]


def test_nothing_is_required_at_basisregistrierung(begin):
    """BundID 9.2: no required attribute at all where self-entered data may be missing."""
    assert set(_requested(begin(level=Level.BASIC)).values()) == {None}


def test_guests_are_not_hidden(begin):
    """With guests welcome the identifier is not asked for, because asking hides their login."""
    assert OID["pairwise_id"] not in _requested(begin(guests_welcome=True, attributes=("given_name",)))
    assert OID["pairwise_id"] in _requested(begin(guests_welcome=False, attributes=("given_name",)))


def test_display_information_in_order(login):
    """Name, language, way back and service id stand in the order of the interface description."""
    version = login.request().find(f".//{UI}Version")
    assert [(etree.QName(child).localname, child.text) for child in version] == [
        ("OrganizationDisplayName", "Musterstadt: Urkundenanforderung"),
        ("Lang", "de"),
        ("BackURL", "https://www.musterstadt.example/urkunde"),
        ("OnlineServiceId", "BMI-A0000"),
    ]


def test_way_back_must_be_https(begin):
    """https, or http on a demo's loopback; anything else is left out."""

    def sent(url: str) -> str | None:
        return begin(back_url=url).request().findtext(f".//{UI}Version/{UI}BackURL")

    for good in ("https://gate.example/back/x", "http://localhost:8080/back/x", "http://127.0.0.1:8080/"):
        assert sent(good) == good
    for bad in ("", "http://gate.example/", "http://localhost.example/", "javascript:alert(1)", "data:text/html,x"):
        assert sent(bad) is None, bad


def test_the_name_is_cut_where_we_can_see_it(begin):
    """At fifty characters (BundID 9.5), and it stays one line."""
    version = begin(display_name="Groß\n" + "ä" * 80).request().find(f".//{UI}Version")
    assert version.findtext(UI + "OrganizationDisplayName") == "Groß " + "ä" * 45


def test_a_service_without_a_name_is_told(begin):
    """BundID refuses a request without a name to show; we say so before the person is sent away."""
    with pytest.raises(UpstreamUnavailable) as refused:
        begin(display_name=" \x00 ")
    assert refused.value.code == "display-name-missing"


def test_wire_prefixes_are_literal(login):
    """Some providers match prefixes instead of namespaces: samlp, saml, akdb, classic-ui and ds stand on the wire."""
    text = etree.tostring(login.request()).decode()
    for element in ("samlp:AuthnRequest", "saml:Issuer", "akdb:AuthnMethods", "classic-ui:Version", "ds:Signature"):
        assert f"<{element}" in text
