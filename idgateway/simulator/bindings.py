"""How a request arrives: HTTP-POST with an enveloped signature, or HTTP-Redirect with a detached one over its bytes.

Either way the result is a ``Message`` that can say whether given certificates have signed it. Sources: SAML Bindings
3.4 (HTTP-Redirect, DEFLATE) and 3.5 (HTTP-POST); RFC 6931 2.3.10 (RSA-PSS).
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.names import DS, RSA_PSS_SHA256, RSA_SHA256
from idgateway.simulator.signatures import NOT_SIGNED, check_signature
from idgateway.simulator.tree import MAX_BYTES, Element, parse

MAX_INFLATED = 64 * 1024  # bytes; an honest request has about 4,000
_MAX_QUERY = 64 * 1024  # characters of the address
_DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
_FIELDS = ("SAMLRequest", "RelayState", "SigAlg", "Signature", "SAMLEncoding")

Certificates = tuple[x509.Certificate, ...]


@dataclass(frozen=True, kw_only=True)
class Message:
    """A request as it came, unverified; ``check_signed`` raises RequestRefused unless one of the keys signed it."""

    root: Element
    relay_state: str
    destination: str  # the address it was sent to
    check_signed: Callable[[Certificates], None]


def posted(encoded: str, relay_state: str, destination: str) -> Message:
    """Read the form of HTTP-POST. Raises RequestRefused ``sim-not-readable``."""
    if len(encoded) > MAX_BYTES * 2:
        raise RequestRefused("sim-not-readable", "too large")
    root = parsed(decoded(encoded))
    return Message(
        root=root,
        relay_state=relay_state,
        destination=destination,
        check_signed=lambda certificates: check_signature(root, certificates),
    )


def redirected(query: bytes, destination: str) -> Message:
    """Read the query of HTTP-Redirect, exactly as it came over the wire. Raises RequestRefused ``sim-not-readable``.

    What else stands in the query (``person``, ``fault``) is no part of the message.
    """
    raw = _raw_fields(query)
    fields = {name: unquote_plus(value.decode("ascii")) for name, value in raw.items()}
    if fields.get("SAMLEncoding", _DEFLATE) != _DEFLATE:
        raise RequestRefused("sim-not-readable", "SAMLEncoding is not DEFLATE")
    root = parsed(inflate(decoded(fields.get("SAMLRequest", ""))))
    return Message(
        root=root,
        relay_state=fields.get("RelayState", ""),
        destination=destination,
        check_signed=lambda certificates: _check_detached(root, raw, fields, certificates),
    )


def inflate(packed: bytes) -> bytes:
    """RFC 1951, to at most ``MAX_INFLATED`` bytes: a bomb is put down, not unpacked. Raises RequestRefused."""
    engine = zlib.decompressobj(wbits=-15)
    try:
        content = engine.decompress(packed, MAX_INFLATED + 1)
    except zlib.error as error:
        raise RequestRefused("sim-not-readable", "not deflated") from error
    if len(content) > MAX_INFLATED or not engine.eof or engine.unused_data:
        raise RequestRefused("sim-not-readable", "too large when inflated, cut off, or followed by something")
    return content


def _raw_fields(query: bytes) -> dict[str, bytes]:
    """The message's fields with their values still encoded, each at most once."""
    if len(query) > _MAX_QUERY or not query.isascii():
        raise RequestRefused("sim-not-readable", "the address is too long, or not ASCII")
    found: dict[str, bytes] = {}
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        known = unquote_plus(name.decode("ascii"))
        if known in found:
            raise RequestRefused("sim-not-readable", f"{known} more than once")
        if known in _FIELDS:
            found[known] = value
    return found


def decoded(text: str) -> bytes:
    """Base64, with or without line breaks. Raises RequestRefused ``sim-not-readable``."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestRefused("sim-not-readable", "not base64") from error


def parsed(content: bytes) -> Element:
    """XML without DTD or entities. Raises RequestRefused ``sim-not-readable``."""
    try:
        return parse(content)
    except ValueError as error:
        raise RequestRefused("sim-not-readable", str(error)) from error


def _check_detached(root: Element, raw: dict[str, bytes], fields: dict[str, str], certificates: Certificates) -> None:
    # SAML Bindings 3.4.4.1: no signature inside the message; outside it, over these fields in this order.
    if next(root.iter(f"{{{DS}}}Signature"), None) is not None:
        raise RequestRefused(NOT_SIGNED, "an enveloped signature has no place in HTTP-Redirect")
    if not raw.get("Signature") or not raw.get("SigAlg"):
        raise RequestRefused(NOT_SIGNED, "there is no Signature with its SigAlg in the address")
    signed = b"&".join(
        name.encode() + b"=" + raw[name] for name in ("SAMLRequest", "RelayState", "SigAlg") if name in raw
    )
    signature, scheme = decoded(fields["Signature"]), _scheme(fields["SigAlg"])
    if not any(_verifies(certificate, signature, signed, scheme) for certificate in certificates):
        raise RequestRefused(NOT_SIGNED, "no key of the metadata verifies the signature")


def _scheme(algorithm: str) -> padding.AsymmetricPadding:
    if algorithm == RSA_SHA256:
        return padding.PKCS1v15()
    if algorithm == RSA_PSS_SHA256:
        return padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
    raise RequestRefused(NOT_SIGNED, "SigAlg is neither RSA-SHA256 nor RSA-PSS")


def _verifies(
    certificate: x509.Certificate, signature: bytes, signed: bytes, scheme: padding.AsymmetricPadding
) -> bool:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature, signed, scheme, hashes.SHA256())
    except InvalidSignature:
        return False
    return True
