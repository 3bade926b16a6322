"""A trusted list (ETSI TS 119 612), given as a file by the operator: which services issue qualified certificates.

Its signature is verified against the pinned certificates of the scheme operator before anything of it is read; the
list may name no other signer. Only granted services of qualified certificate authorities count.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import xmlsec
from asn1crypto import x509
from lxml import etree
from pyhanko.sign.validation.qualified.tsp import (
    CA_QC_URI,
    BaseServiceInformation,
    CAServiceInformation,
    CertSubjectDNCriterion,
    CriteriaCombination,
    CriteriaList,
    Criterion,
    KeyUsageCriterion,
    PolicySetCriterion,
    QcCertType,
    Qualification,
    Qualifier,
    TSPRegistry,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints

from postbox.errors import TrustUnreadable

GRANTED: Final = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
_EXTENSION: Final = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
_NS: Final = {
    "tsl": "http://uri.etsi.org/02231/v2#",
    "sie": "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
_KINDS: Final = {
    f"{_EXTENSION}ForeSignatures": QcCertType.QC_ESIGN,
    f"{_EXTENSION}ForeSeals": QcCertType.QC_ESEAL,
    f"{_EXTENSION}ForWebSiteAuthentication": QcCertType.QC_WEB,
}
_QUALIFIERS: Final = {one.uri: one for one in Qualifier}
_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)


@dataclass(frozen=True, kw_only=True)
class TrustedList:
    """A verified list."""

    territory: str
    sequence: int
    issued_at: datetime
    next_update: datetime | None
    registry: TSPRegistry
    certificates: tuple[x509.Certificate, ...]  # of the granted services


def read_list(data: bytes, signers: Sequence[x509.Certificate]) -> TrustedList:
    """Verify and read a list. Raises TrustUnreadable: no XML, signed by nobody pinned, of another form."""
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        raise TrustUnreadable("The trusted list is no XML.", code="trusted-list-malformed") from error
    check_signature(root, signers)
    try:
        return _read(root)
    except (AttributeError, ValueError, TypeError) as error:
        sentence = "The trusted list is not of the form of ETSI TS 119 612."
        raise TrustUnreadable(sentence, code="trusted-list-malformed") from error


def check_signature(root: Any, signers: Sequence[x509.Certificate]) -> None:
    """The whole document is signed by one of the pinned certificates. Raises TrustUnreadable."""
    signature = root.find("ds:Signature", _NS)
    references = [] if signature is None else signature.findall("ds:SignedInfo/ds:Reference", _NS)
    whole = root.get("Id") or ""
    # TS 119 612 5.7.1: enveloped, over the list itself; XAdES adds one reference to its own properties.
    if signature is None or not any(one.get("URI") in ("", f"#{whole}" if whole else "") for one in references):
        raise TrustUnreadable("The trusted list is not signed as a whole.", code="trusted-list-unsigned")
    xmlsec.tree.add_ids(root, ["Id"])
    for signer in signers:
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(signer.dump(), xmlsec.constants.KeyDataFormatCertDer)
        try:
            context.verify(signature)
        except xmlsec.Error:
            continue
        return
    raise TrustUnreadable("Nobody pinned signed the trusted list.", code="trusted-list-signer")


def _read(root: Any) -> TrustedList:
    scheme = root.find("tsl:SchemeInformation", _NS)
    registry = TSPRegistry()
    certificates: list[x509.Certificate] = []
    for service in root.iterfind(".//tsl:TSPService/tsl:ServiceInformation", _NS):
        found = _service(service)
        if found is not None:
            registry.register_ca(found)
            certificates.extend(found.base_info.provider_certs)
    following = scheme.findtext("tsl:NextUpdate/tsl:dateTime", None, _NS)
    return TrustedList(
        territory=scheme.findtext("tsl:SchemeTerritory", "", _NS),
        sequence=int(scheme.findtext("tsl:TSLSequenceNumber", "0", _NS)),
        issued_at=_moment(scheme.findtext("tsl:ListIssueDateTime", "", _NS)),
        next_update=_moment(following) if following else None,
        registry=registry,
        certificates=tuple(certificates),
    )


def _service(service: Any) -> CAServiceInformation | None:
    """A granted CA/QC service; anything else is passed over."""
    kind = service.findtext("tsl:ServiceTypeIdentifier", "", _NS)
    status = service.findtext("tsl:ServiceStatus", "", _NS)
    if (kind, status) != (CA_QC_URI, GRANTED):
        return None
    texts = service.iterfind("tsl:ServiceDigitalIdentity/tsl:DigitalId/tsl:X509Certificate", _NS)
    uris = service.iterfind(".//tsl:AdditionalServiceInformation/tsl:URI", _NS)
    return CAServiceInformation(
        base_info=BaseServiceInformation(
            service_type=CA_QC_URI,
            service_name=service.findtext("tsl:ServiceName/tsl:Name", "", _NS),
            valid_from=_moment(service.findtext("tsl:StatusStartingTime", "", _NS)),
            valid_until=None,
            provider_certs=tuple(_certificate(one.text) for one in texts),
            additional_info_certificate_type=frozenset(_KINDS[one.text] for one in uris if one.text in _KINDS),
            other_additional_info=frozenset(),
        ),
        qualifications=frozenset(_qualifications(service)),
        expired_certs_revocation_info=None,
    )


def _qualifications(service: Any) -> Iterator[Qualification]:
    """5.5.9.2: which certificates of the service are more, or less, than they say."""
    for element in service.iterfind(".//sie:QualificationElement", _NS):
        named = element.iterfind("sie:Qualifiers/sie:Qualifier", _NS)
        qualifiers = frozenset(_QUALIFIERS[one.get("uri")] for one in named if one.get("uri") in _QUALIFIERS)
        yield Qualification(qualifiers=qualifiers, criteria_list=_criteria(element.find("sie:CriteriaList", _NS)))


def _criteria(element: Any) -> CriteriaList:
    found: set[Criterion] = {_criteria(one) for one in element.iterfind("sie:CriteriaList", _NS)}
    for usage in element.iterfind("sie:KeyUsage", _NS):
        found.add(KeyUsageCriterion(_usage(usage)))
    for policies in element.iterfind("sie:PolicySet", _NS):
        found.add(PolicySetCriterion(frozenset(_oids(policies))))
    for names in element.iterfind(".//sie:CertSubjectDNAttribute", _NS):
        found.add(CertSubjectDNCriterion(frozenset(_oids(names))))
    return CriteriaList(CriteriaCombination(element.get("assert", "all")), frozenset(found))


def _usage(element: Any) -> KeyUsageConstraints:
    bits = {one.get("name"): (one.text or "").strip() == "true" for one in element.iterfind("sie:KeyUsageBit", _NS)}
    names = {_camel(name): wanted for name, wanted in bits.items()}
    return KeyUsageConstraints(
        key_usage=frozenset(name for name, wanted in names.items() if wanted) or None,
        key_usage_forbidden=frozenset(name for name, wanted in names.items() if not wanted) or None,
        match_all_key_usages=True,
    )


def _camel(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _oids(element: Any) -> Iterator[str]:
    for one in element.iterfind(".//xades:Identifier", _NS):
        yield (one.text or "").strip().removeprefix("urn:oid:")


def _certificate(text: str | None) -> x509.Certificate:
    found = x509.Certificate.load(base64.b64decode(text or ""))
    _ = found.subject.human_friendly
    return found


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
