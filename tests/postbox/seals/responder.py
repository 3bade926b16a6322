"""An OCSP responder that really answers for its authority, or lies as its address says (``/<fault>``)."""

from datetime import timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask, Response, request

from tests.postbox.seals.pki import Holder, authority, issue

HOUR = timedelta(hours=1)


class Fault(StrEnum):
    """What it may do; ``NONE`` is the honest one."""

    NONE = ""
    DELEGATED = "delegated"  # honest as well: signed by whom the authority named (RFC 6960 4.2.2.2)
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    STALE = "stale"
    FUTURE = "future"
    WRONG_SIGNER = "wrong-signer"
    WRONG_PURPOSE = "wrong-purpose"  # its certificate is of the authority, and not for this
    OTHER_CERTIFICATE = "other-certificate"
    TRY_LATER = "try-later"
    GARBAGE = "garbage"
    BUSY = "busy"


def responder(ca: Holder, known: dict[int, x509.Certificate], clock) -> Flask:
    """For the certificates of ``ca`` in ``known``, by serial number; fill it while it runs."""
    app = Flask("responder")
    honest = issue(
        ca, "OCSP", serial=900, usage="digital_signature", extended=ExtendedKeyUsageOID.OCSP_SIGNING, crl=False,
        more=[x509.OCSPNoCheck()],
    )  # fmt: skip
    purposeless = issue(
        ca, "No OCSP", serial=901, usage="digital_signature", extended=ExtendedKeyUsageOID.CODE_SIGNING, crl=False
    )
    named = ca.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    stranger = authority(named)  # the same name and another key

    @app.post("/", defaults={"fault": ""})
    @app.post("/<fault>")
    def answer(fault: str) -> Response:
        if fault == Fault.BUSY:
            return Response(status=503)
        asked = ocsp.load_der_ocsp_request(request.get_data())
        return Response(answered(known[asked.serial_number], fault), content_type="application/ocsp-response")

    def answered(certificate: x509.Certificate, fault: str) -> bytes:
        if fault == Fault.GARBAGE:
            return b"\x30\x03\x0a\x01"
        if fault == Fault.TRY_LATER:
            status = ocsp.OCSPResponseStatus.TRY_LATER
            return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
        told = purposeless.certificate if fault == Fault.OTHER_CERTIFICATE else certificate
        at = clock() + {Fault.STALE: -48 * HOUR, Fault.FUTURE: 5 * HOUR}.get(fault, -HOUR)
        status = {
            Fault.REVOKED: ocsp.OCSPCertStatus.REVOKED,
            Fault.UNKNOWN: ocsp.OCSPCertStatus.UNKNOWN,
        }.get(fault, ocsp.OCSPCertStatus.GOOD)
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=told,
            issuer=ca.certificate,
            algorithm=hashes.SHA1(),
            cert_status=status,
            this_update=at,
            next_update=at + 24 * HOUR,
            revocation_time=at - HOUR if revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
        )
        signer = {Fault.DELEGATED: honest, Fault.WRONG_PURPOSE: purposeless, Fault.WRONG_SIGNER: stranger}.get(
            fault, ca
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, signer.certificate)
        if signer is not ca:
            builder = builder.certificates([signer.certificate])
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    return app
