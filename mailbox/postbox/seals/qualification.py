"""Whether a seal or signature is qualified (Art. 3 nos. 12 and 27 eIDAS regulation): from certificate and trusted list.

EN 319 412-5: QcCompliance 0.4.0.1862.1.1, QcSSCD …1.4, QcType …1.6 (signature …1.6.1, seal …1.6.2).
TS 119 615, 4.4: the list's service and its qualifiers have the last word.
"""

from datetime import datetime
from typing import Final

from asn1crypto import x509
from pyhanko.sign.ades.qualified_asn1 import get_qc_statements
from pyhanko.sign.validation.qualified.tsp import QcCertType
from pyhanko_certvalidator.path import ValidationPath

from postbox.seals.trust import Trust
from postbox.seals.verdict import Kind, Qualified

_KINDS: Final = {"qct_eseal": Kind.SEAL, "qct_esign": Kind.SIGNATURE}
_FOR_PEOPLE: Final = frozenset({QcCertType.QC_ESEAL, QcCertType.QC_ESIGN})


def kind_of(certificate: x509.Certificate) -> Kind:
    """What the certificate says it is for; unknown where it says nothing, or two things."""
    found = [kind for one in _statements(certificate, "qc_type") for kind in (one or ())]
    return _KINDS.get(found[0], Kind.UNKNOWN) if len(found) == 1 else Kind.UNKNOWN


def qualified(path: ValidationPath, trust: Trust, moment: datetime, now: datetime) -> Qualified:
    """Whether what a validated path's certificate made at ``moment`` is qualified, or why not."""
    certificate = path.leaf
    if trust.is_own(certificate):
        return Qualified.DEMO
    if trust.listed is None:
        return Qualified.NO_LIST
    if trust.listed.next_update is not None and trust.listed.next_update < now:
        return Qualified.LIST_OVER
    return _listed(path, trust, moment) if kind_of(certificate) is not Kind.UNKNOWN else Qualified.NO_STATEMENT


def _listed(path: ValidationPath, trust: Trust, moment: datetime) -> Qualified:
    found = trust.assessor().check_entity_cert_qualified(path, moment)
    if found.service_definition is None:
        return Qualified.NOT_LISTED
    status = found.status
    if not status.qualified or status.qc_type not in _FOR_PEOPLE:
        return Qualified.NO_STATEMENT
    return Qualified.YES if status.qc_key_security.is_qscd else Qualified.NO_DEVICE


def _statements(certificate: x509.Certificate, name: str) -> list[list[str] | None]:
    return [
        one["statement_info"].native for one in get_qc_statements(certificate) if one["statement_id"].native == name
    ]
