"""The criteria of a trusted list (ETSI TS 119 612, 5.5.9.2): which certificates of a service a qualifier is about.

A criterion that is not understood cannot be left out: without it the others would speak about other certificates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import x509
from pyhanko.sign.validation.qualified.tsp import (
    CertSubjectDNCriterion,
    CriteriaCombination,
    CriteriaList,
    Criterion,
    KeyUsageCriterion,
    PolicySetCriterion,
    Qualification,
    Qualifier,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints

_SIE: Final = "{http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#}"
_TSLX: Final = "{http://uri.etsi.org/02231/v2/additionaltypes#}"
_XADES: Final = "{http://uri.etsi.org/01903/v1.3.2#}"
_QUALIFIERS: Final = {one.uri: one for one in Qualifier}
_EVERYTHING: Final = CriteriaList(CriteriaCombination.ALL, frozenset())
# What a service gets whose qualifiers cannot be read: none of its certificates is taken for qualified.
NONE_QUALIFIED: Final = Qualification(qualifiers=frozenset({Qualifier.NOT_QUALIFIED}), criteria_list=_EVERYTHING)
_USAGES: Final = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "non_repudiation",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "crlSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}  # XML Schema 2, 3.2.2


class CriteriaUnknown(Exception):
    """A service's qualifiers or criteria are none that we understand, or none at all."""


@dataclass(frozen=True)
class ExtendedKeyUsageCriterion(Criterion):
    """Certificates that name all these purposes."""

    required: frozenset[str]

    def matches(self, cert: x509.Certificate) -> bool:
        """Whether the certificate's extended key usage holds them all."""
        return self.required <= {one.dotted for one in cert.extended_key_usage_value or ()}


def read_qualifications(service: Any) -> Iterator[Qualification]:
    """Which certificates of the service are more, or less, than they say. Raises CriteriaUnknown."""
    for element in service.iter(f"{_SIE}QualificationElement"):
        named = [one.get("uri") for one in element.iterfind(f"{_SIE}Qualifiers/{_SIE}Qualifier")]
        if not named or not set(named) <= _QUALIFIERS.keys():
            raise CriteriaUnknown(str(named))
        criteria = _list(element.find(f"{_SIE}CriteriaList"))
        yield Qualification(qualifiers=frozenset(_QUALIFIERS[one] for one in named), criteria_list=criteria)


def _list(element: Any) -> CriteriaList:
    found = [] if element is None else list(_criteria(element))
    # An empty list would be met by every certificate.
    if not found:
        raise CriteriaUnknown("no criteria")
    try:
        combined = CriteriaCombination(element.get("assert"))
    except ValueError as error:
        raise CriteriaUnknown(str(element.get("assert"))) from error
    return CriteriaList(combined, frozenset(found))


def _criteria(element: Any) -> Iterator[Criterion]:
    for one in element.iterchildren("*"):
        match one.tag.removeprefix(_SIE):
            case "KeyUsage":
                yield _usage(one)
            case "PolicySet":
                yield PolicySetCriterion(_oids(one))
            case "CriteriaList":
                yield _list(one)
            case "otherCriteriaList":
                yield from _others(one)
            case "Description":
                pass
            case unknown:
                raise CriteriaUnknown(unknown)


def _others(element: Any) -> Iterator[Criterion]:
    """Annex C.2: the criteria of the second schema, in its own namespace."""
    kinds = {
        f"{_TSLX}CertSubjectDNAttribute": CertSubjectDNCriterion,
        f"{_TSLX}ExtendedKeyUsage": ExtendedKeyUsageCriterion,
    }
    found = list(element.iterchildren("*"))
    if not found or any(one.tag not in kinds for one in found):
        raise CriteriaUnknown(", ".join(one.tag for one in found))
    for one in found:
        yield kinds[one.tag](_oids(one))


def _usage(element: Any) -> KeyUsageCriterion:
    bits = {one.get("name"): _TRUTH.get((one.text or "").strip()) for one in element.iterfind(f"{_SIE}KeyUsageBit")}
    if not bits or not bits.keys() <= _USAGES.keys() or None in bits.values():
        raise CriteriaUnknown(f"key usage {bits}")
    constraints = KeyUsageConstraints(
        key_usage=frozenset(_USAGES[name] for name, wanted in bits.items() if wanted) or None,
        key_usage_forbidden=frozenset(_USAGES[name] for name, wanted in bits.items() if not wanted) or None,
        match_all_key_usages=True,
    )
    return KeyUsageCriterion(constraints)


def _oids(element: Any) -> frozenset[str]:
    texts = [(one.text or "").strip() for one in element.iter(f"{_XADES}Identifier")]
    if not texts or not all(texts):
        raise CriteriaUnknown(f"{element.tag} names nothing")
    return frozenset(text.removeprefix("urn:oid:") for text in texts)
