"""A trusted list says what it says: criteria in their namespaces, none left out, and nothing around the signed root."""

from types import SimpleNamespace

import pytest
from asn1crypto import x509
from cryptography.x509 import ObjectIdentifier
from lxml import etree

from postbox.errors import TrustUnreadable
from postbox.seals.criteria import NONE_QUALIFIED, CriteriaUnknown, read_qualifications
from postbox.seals.trusted_list import read_list
from tests.postbox.seals.pki import authority, issue, statements, trusted_list

SIE = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
TSLX = "http://uri.etsi.org/02231/v2/additionaltypes#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
INFO = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt"
SIGNS = '<q:KeyUsage><q:KeyUsageBit name="nonRepudiation">true</q:KeyUsageBit></q:KeyUsage>'
SCHEME, CA = authority("Scheme operator"), authority()
SEAL = x509.Certificate.load(issue(CA, qc=statements()).der)
PLAIN = trusted_list(SCHEME, CA)


def extension(criteria: str, combined="all", qualifier="QCNoQSCD") -> str:
    return (
        f'<Extension Critical="true"><q:Qualifications xmlns:q="{SIE}" xmlns:t="{TSLX}" xmlns:x="{XADES}">'
        f'<q:QualificationElement><q:Qualifiers><q:Qualifier uri="{INFO}/{qualifier}"/></q:Qualifiers>'
        f'<q:CriteriaList assert="{combined}">{criteria}</q:CriteriaList>'
        "</q:QualificationElement></q:Qualifications></Extension>"
    )


def oids(kind: str, *values: str) -> str:
    inner = "".join(f"<t:X><x:Identifier Qualifier='OIDAsURN'>urn:oid:{one}</x:Identifier></t:X>" for one in values)
    return f"<q:otherCriteriaList><t:{kind}>{inner}</t:{kind}></q:otherCriteriaList>"


def matches(criteria: str, combined="all") -> bool:
    (found,) = read_qualifications(etree.fromstring(extension(criteria, combined)))
    return found.criteria_list.matches(SEAL)


def test_criteria_of_the_second_schema_are_read_in_its_namespace():
    """A subject with a common name, none with a pseudonym; no extended key usage; alone, together, negated."""
    named, other = oids("CertSubjectDNAttribute", "2.5.4.3"), oids("CertSubjectDNAttribute", "2.5.4.65")
    purpose = oids("ExtendedKeyUsage", "1.3.6.1.5.5.7.3.36")
    assert [matches(one) for one in (named, other, purpose)] == [True, False, False]
    assert (matches(named + other), matches(named + other, "atLeastOne"), matches(other, "none")) == (False, True, True)
    assert matches(f'<q:CriteriaList assert="all">{named}</q:CriteriaList><q:Description>x</q:Description>')
    stamping = issue(CA, extended=ObjectIdentifier("1.3.6.1.5.5.7.3.36"), qc=statements())
    (found,) = read_qualifications(etree.fromstring(extension(purpose)))
    assert found.criteria_list.matches(x509.Certificate.load(stamping.der))


def test_both_spellings_of_a_truth_count():
    """XML Schema writes true also as 1: read as false, it would be the opposite criterion."""
    usage = '<q:KeyUsage><q:KeyUsageBit name="keyCertSign">{}</q:KeyUsageBit></q:KeyUsage>'
    assert [matches(usage.format(word)) for word in ("true", "1", "false", "0")] == [False, False, True, True]


UNKNOWN = {
    "empty": "",
    "only a description": "<q:Description>x</q:Description>",
    "unknown": SIGNS + "<q:Elsewhere/>",
    "unknown beside known": SIGNS + "<q:otherCriteriaList><t:Colour/></q:otherCriteriaList>",
    "the wrong namespace": SIGNS + oids("ExtendedKeyUsage", "1.2.3").replace("t:Ext", "q:Ext"),
    "empty inside": SIGNS + '<q:CriteriaList assert="all"/>',
    "no policies": "<q:PolicySet/>",
    "unknown bit": SIGNS.replace("nonRepudiation", "nonsense"),
    "no truth": SIGNS.replace("true", "perhaps"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_understood_makes_nothing_qualified(case):
    """Left out, it would widen what remains; the service stays on the list, and nothing of it is qualified."""
    with pytest.raises(CriteriaUnknown):
        list(read_qualifications(etree.fromstring(extension(UNKNOWN[case]))))
    assert service(extension(UNKNOWN[case])).qualifications == {NONE_QUALIFIED}
    assert service(extension(UNKNOWN[case])).base_info.additional_info_certificate_type == frozenset()


def test_an_unknown_combination_or_qualifier_is_not_left_out_either():
    """And the same criteria with known words are read."""
    for spoilt in (extension(SIGNS, combined="some"), extension(SIGNS, qualifier="QCNew")):
        assert service(spoilt).qualifications == {NONE_QUALIFIED}
    assert service(extension(SIGNS)).qualifications != {NONE_QUALIFIED}
    assert service("").qualifications == frozenset()


def service(extra: str) -> SimpleNamespace:
    """The one service of a list with this extension."""
    registry = _read(trusted_list(SCHEME, CA, extra=extra)).registry
    (authority_,) = registry.known_certificate_authorities
    (found,) = registry.applicable_service_definitions(authority_, None)
    return found


def _read(data: bytes):
    return read_list(data, [x509.Certificate.load(SCHEME.der)])


def _code(data: bytes) -> str:
    with pytest.raises(TrustUnreadable) as refused:
        _read(data)
    return refused.value.code


def test_a_list_around_a_genuine_list_is_refused():
    """Signature wrapping: with a DOCTYPE that declares another Id, with the Id twice, without an Id, with both roots."""
    assert _read(PLAIN).territory == "DE"
    genuine = etree.fromstring(PLAIN)
    signature = genuine[-1]
    outside = etree.fromstring(PLAIN.replace(b">DE<", b">FR<"))
    outside[-1].getparent().remove(outside[-1])
    outside.append(etree.fromstring(etree.tostring(signature)))
    etree.SubElement(outside, "Old").append(genuine)
    assert _code(etree.tostring(outside)) == "trusted-list-malformed"
    declared = b"<!DOCTYPE TrustServiceStatusList [<!ATTLIST TrustServiceStatusList Id ID #IMPLIED>]>"
    assert _code(declared + PLAIN) == "trusted-list-malformed"
    del outside.attrib["Id"]
    assert _code(etree.tostring(outside)) == "trusted-list-unsigned"
    genuine.attrib["Id"] = "list"
    outside.attrib["Id"] = "other"
    assert _code(etree.tostring(outside)) == "trusted-list-unsigned"


def test_only_one_reference_to_the_whole_list_counts():
    """A reference that calls itself one of properties, two signatures, or another transform: not signed as a whole."""
    properties = b'URI="#list" Type="http://uri.etsi.org/01903#SignedProperties"'
    assert _code(PLAIN.replace(b'URI="#list"', properties)) == "trusted-list-unsigned"
    assert _code(PLAIN.replace(b"#enveloped-signature", b"#base64")) == "trusted-list-unsigned"
    twice = etree.fromstring(PLAIN)
    twice.append(etree.fromstring(etree.tostring(twice[-1])))
    assert _code(etree.tostring(twice)) == "trusted-list-unsigned"
    (reference,) = twice[-1].iterfind(".//{http://www.w3.org/2000/09/xmldsig#}Reference")
    reference.getparent().remove(reference)  # one that signs nothing beside the one that signs the list
    assert _code(etree.tostring(twice)) == "trusted-list-unsigned"


def test_a_comment_cannot_cut_a_text():
    """Comments are not signed: one put into a text changes nothing of what is read."""
    assert _read(PLAIN.replace(b">DE<", b">D<!-- -->E<")).territory == "DE"
