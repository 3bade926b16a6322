"""Asks the authorities above a seal's certificate whether it still counts (OCSP over HTTP, RFC 6960 A.1).

Their answers go into the seal (B-LT, B-LTA), so that it validates without asking anybody later.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

from asn1crypto import ocsp
from cryptography import x509

from keys.errors import CertificateRefused
from keys.revocation import OCSP_ANSWER, OCSP_QUESTION, ocsp_question, responder_of, verify_ocsp
from postbox.channels import outside
from postbox.errors import ChannelDown, SealRefused

_OK: Final = 200


def ask_responders(chain: Sequence[x509.Certificate], now: datetime) -> tuple[ocsp.OCSPResponse, ...]:
    """The answer about each certificate of a verified chain that names a responder; the last one is the anchor.

    Raises SealRefused (revoked, or an answer that proves nothing), ChannelDown (none came).
    """
    return tuple(_asked(one, issuer, now) for one, issuer in pairwise(chain) if responder_of(one))


def _asked(certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> ocsp.OCSPResponse:
    address = responder_of(certificate)
    # The address comes from a certificate under a pinned anchor; what is answered is signed, so http is usual here.
    if urlsplit(address).scheme not in ("http", "https"):
        raise SealRefused("The certificate names no responder that can be asked.", code="ocsp-address")
    try:
        reply = outside.post(address, ocsp_question(certificate, issuer), kind=OCSP_QUESTION)
    except ChannelDown:
        raise ChannelDown("The certificate's responder does not answer.", code="ocsp-down") from None
    if reply.status != _OK or reply.kind != OCSP_ANSWER:
        raise ChannelDown(f"The certificate's responder answered {reply.status} {reply.kind}.", code="ocsp-down")
    try:
        return ocsp.OCSPResponse.load(verify_ocsp(reply.body, certificate, issuer, now).der)
    except CertificateRefused as error:
        code = "seal-revoked" if error.code == "certificate-revoked" else error.code
        raise SealRefused(
            "The certificate of the seal was revoked, or nothing proves that it was not.", code=code
        ) from None
