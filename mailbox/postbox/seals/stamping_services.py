"""The services for qualified time stamps of a trusted list (ETSI TS 119 612), with what became of each (5.6)."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509

from postbox.proof.stamping import Period, StampingService, spki

QTST: Final = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
_STATUS: Final = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
# 5.5.4: before the regulation the supervised and the accredited were what the granted are since.
_GRANTED: Final = frozenset({f"{_STATUS}granted", f"{_STATUS}undersupervision", f"{_STATUS}accredited"})
_NS: Final = {"tsl": "http://uri.etsi.org/02231/v2#"}


def read_stamping(root: Any) -> Iterator[StampingService]:
    """Every one that was ever such a service. Raises ValueError, AttributeError or TypeError for another form."""
    for service in root.iterfind(".//tsl:TSPService", _NS):
        now = service.find("tsl:ServiceInformation", _NS)
        told = [now, *service.iterfind("tsl:ServiceHistory/tsl:ServiceHistoryInstance", _NS)]
        stamping = [one for one in told if one.findtext("tsl:ServiceTypeIdentifier", "", _NS) == QTST]
        if stamping:
            yield StampingService(keys=frozenset(_keys(now)), periods=tuple(_periods(stamping)))


def _keys(service: Any) -> Iterator[bytes]:
    for one in service.iterfind("tsl:ServiceDigitalIdentity/tsl:DigitalId/tsl:X509Certificate", _NS):
        yield spki(x509.load_der_x509_certificate(base64.b64decode(one.text or "")))


def _periods(told: list[Any]) -> Iterator[Period]:
    """Each status lasts until the next one begins."""
    begun = [(_moment(one), one.findtext("tsl:ServiceStatus", "", _NS)) for one in told]
    ends = None
    for begins, status in sorted(begun, reverse=True):
        yield Period(begins=begins, ends=ends, granted=status in _GRANTED)
        ends = begins


def _moment(service: Any) -> datetime:
    at = datetime.fromisoformat(service.findtext("tsl:StatusStartingTime", "", _NS))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
