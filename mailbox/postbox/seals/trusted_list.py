"""A trusted list (ETSI TS 119 612), given as a file by the operator: which services issue qualified certificates.

Its signature is verified against the pinned certificates of the scheme operator before anything of it is read; the
list may name no other signer. Only granted services of qualified certificate authorities count.
"""

import base64
from collections.abc import Sequence
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
    QcCertType,
    Qualification,
    TSPRegistry,
)

from postbox.errors import TrustUnreadable
from postbox.proof.stamping import StampingList, StampingService
from postbox.seals.criteria import NONE_QUALIFIED, CriteriaUnknown, read_qualifications
from postbox.seals.stamping_services import read_stamping

GRANTED: Final = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
_EXTENSION: Final = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
_NS: Final = {
    "tsl": "http://uri.etsi.org/02231/v2#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
_KINDS: Final = {
    f"{_EXTENSION}ForeSignatures": QcCertType.QC_ESIGN,
    f"{_EXTENSION}ForeSeals": QcCertType.QC_ESEAL,
    f"{_EXTENSION}ForWebSiteAuthentication": QcCertType.QC_WEB,
}
_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
_TRANSFORMS: Final = [
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
]
# Comments are not signed (exclusive canonicalization without them): left in, one would cut a text in two.
_PARSER: Final = etree.XMLParser(
    resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True
)


@dataclass(frozen=True, kw_only=True)
class TrustedList:
    """A verified list."""

    territory: str
    sequence: int
    issued_at: datetime
    next_update: datetime | None
    registry: TSPRegistry
    certificates: tuple[x509.Certificate, ...]  # of the granted services
    stamping: tuple[StampingService, ...]  # for qualified time stamps, with their history

    def of_stamps(self) -> StampingList:
        """What it says of time stamps."""
        return StampingList(
            name=f"{self.territory} no. {self.sequence}",
            issued_at=self.issued_at,
            next_update=self.next_update,
            services=self.stamping,
        )


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
    signature = _signature(root)
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


def _signature(root: Any) -> Any:
    """The one signature of the document element, over the document element. Raises TrustUnreadable."""
    # A DOCTYPE may declare other attributes as Ids, and an Id that stands twice leads to another element than ours.
    ids = root.xpath("//@Id | //@xml:id")
    if root.getroottree().docinfo.internalDTD is not None or len(set(ids)) < len(ids):
        raise TrustUnreadable("The trusted list has a DOCTYPE or an Id twice.", code="trusted-list-malformed")
    found = root.findall("ds:Signature", _NS)
    # TS 119 612 5.7.1: enveloped, over the list itself; XAdES adds one reference to its own properties.
    references = [
        (one.get("URI"), [how.get("Algorithm") for how in one.iterfind("ds:Transforms/ds:Transform", _NS)])
        for signature in found
        for one in signature.iterfind("ds:SignedInfo/ds:Reference", _NS)
        if one.get("Type") != _PROPERTIES
    ]
    whole = {"", f"#{root.get('Id') or ''}"} - {"#"}
    if len(found) != 1 or len(references) != 1 or references[0][0] not in whole or references[0][1] != _TRANSFORMS:
        raise TrustUnreadable("The trusted list is not signed as a whole.", code="trusted-list-unsigned")
    return found[0]


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
        stamping=tuple(read_stamping(root)),
    )


def _service(service: Any) -> CAServiceInformation | None:
    """A granted CA/QC service; anything else is passed over."""
    kind = service.findtext("tsl:ServiceTypeIdentifier", "", _NS)
    status = service.findtext("tsl:ServiceStatus", "", _NS)
    if (kind, status) != (CA_QC_URI, GRANTED):
        return None
    texts = service.iterfind("tsl:ServiceDigitalIdentity/tsl:DigitalId/tsl:X509Certificate", _NS)
    uris = service.iterfind(".//tsl:AdditionalServiceInformation/tsl:URI", _NS)
    qualifications = _qualifications(service)
    kinds = frozenset(_KINDS[one.text] for one in uris if one.text in _KINDS)
    return CAServiceInformation(
        base_info=BaseServiceInformation(
            service_type=CA_QC_URI,
            service_name=service.findtext("tsl:ServiceName/tsl:Name", "", _NS),
            valid_from=_moment(service.findtext("tsl:StatusStartingTime", "", _NS)),
            valid_until=None,
            provider_certs=tuple(_certificate(one.text) for one in texts),
            # Without a kind it speaks about all of its certificates, so that another service's yes cannot stand alone.
            additional_info_certificate_type=frozenset() if NONE_QUALIFIED in qualifications else kinds,
            other_additional_info=frozenset(),
        ),
        qualifications=qualifications,
        expired_certs_revocation_info=None,
    )


def _qualifications(service: Any) -> frozenset[Qualification]:
    try:
        return frozenset(read_qualifications(service))
    except CriteriaUnknown:
        return frozenset({NONE_QUALIFIED})


def _certificate(text: str | None) -> x509.Certificate:
    found = x509.Certificate.load(base64.b64decode(text or ""))
    _ = found.subject.human_friendly
    return found


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
