"""Table of answers that only look odd: each is sound, was seen at an identity provider or follows from its papers.

A service that refuses one of them locks people out. Sources: SAML Core 2.0; XML 1.0 4.3.3; XML Encryption 1.1;
BundID interface description 10.2, and what integrators met. The odd values stand in ``values``.
"""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from idgateway.simulator.catalogue.breakage import ACCEPT, Broken, Workpiece
from idgateway.simulator.catalogue.changes import at, setting, unset
from idgateway.simulator.identity import certify
from idgateway.simulator.names import DS, MGF1_SHA256, NS, RSA_OAEP_11, SAML, SHA1, SHA256, XENC
from idgateway.simulator.protection import Protection, Signer
from idgateway.simulator.tree import Element, child

_PINNED = "the key is pinned; a certificate enclosed in an answer is never read (SAML Core 5.4.5)"
_ADDRESS = "behind address translation it is another one (BundID 10.2)"
_CONFIRMATION = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
_LOCALITY = "saml:AuthnStatement/saml:SubjectLocality"


def _certified(year: int) -> Callable[[Protection], Protection]:
    """The right key in a certificate made in another year, for ten years."""

    def change(given: Protection) -> Protection:
        certificate = certify(given.signer.key, now=datetime(year, 1, 1, tzinfo=UTC))
        return replace(given, signer=Signer(key=given.signer.key, certificate=certificate))

    return change


def _indented(element: Element) -> None:
    etree.indent(element, "    ")


def _indented_response(piece: Workpiece) -> None:
    sealed = piece.response.find("saml:EncryptedAssertion", NS)
    etree.indent(piece.response, "  ")
    for cipher in sealed.iter(f"{{{XENC}}}CipherValue"):
        cipher.text = "\n" + cipher.text + "\n"


def _oaep_without_digest(piece: Workpiece) -> None:
    method = piece.response.find(".//xenc:EncryptedKey/xenc:EncryptionMethod", NS)
    method.remove(method.find("ds:DigestMethod", NS))


def _key_beside(piece: Workpiece) -> None:
    """EncryptedKey behind EncryptedData, found by a RetrievalMethod (SAML errata E43)."""
    sealed = piece.response.find("saml:EncryptedAssertion", NS)
    info = sealed.find("xenc:EncryptedData/ds:KeyInfo", NS)
    key = info.find("xenc:EncryptedKey", NS)
    key.set("Id", "_key")
    sealed.append(key)
    child(info, DS, "RetrievalMethod", Type=XENC + "EncryptedKey", URI="#_key")


def _wrapped_lines(signature: Element) -> None:
    certificate = signature.find("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS)
    certificate.text = base64.encodebytes(base64.b64decode(certificate.text)).decode()


def _one_time_use(assertion: Element) -> None:
    child(assertion.find("saml:Conditions", NS), SAML, "OneTimeUse")


def _entry(name: str, german: str, english: str, rule: str, **bites: Any) -> Broken:
    return Broken(name=name, title=(german, english), rule=rule, expectation=ACCEPT, **bites)


ENTRIES = (
    _entry(
        "certificate-expired",
        "beiliegendes Zertifikat ist abgelaufen",
        "enclosed certificate has expired",
        _PINNED,
        protection=_certified(2005),
    ),
    _entry(
        "certificate-not-yet-valid",
        "beiliegendes Zertifikat gilt noch nicht",
        "enclosed certificate is not valid yet",
        _PINNED,
        protection=_certified(2090),
    ),
    _entry(
        "certificate-not-enclosed",
        "ohne beiliegendes Zertifikat",
        "without an enclosed certificate",
        _PINNED,
        protection=lambda given: replace(given, certificate=False),
    ),
    _entry(
        "certificate-in-lines",
        "beiliegendes Zertifikat mit Zeilenumbrüchen",
        "enclosed certificate with line breaks",
        "base64 may have line breaks (RFC 2045)",
        protection=lambda given: replace(given, edit=_wrapped_lines),
    ),
    _entry(
        "oaep-11",
        "Schlüssel mit OAEP nach XML Encryption 1.1 verpackt, überall SHA-256",
        "key wrapped with XML Encryption 1.1's OAEP, SHA-256 throughout",
        "XML Encryption 1.1, 5.5.2",
        protection=lambda given: replace(given, transport=RSA_OAEP_11, oaep_digest=SHA256, oaep_mgf=MGF1_SHA256),
    ),
    _entry(
        "oaep-without-digest",
        "Schlüssel mit OAEP verpackt, ohne DigestMethod",
        "key wrapped with OAEP, no DigestMethod",
        "without one, SHA-1 counts (XML Encryption 1.1, 5.5.2)",
        protection=lambda given: replace(given, oaep_digest=SHA1, oaep_mgf=None),
        envelope=_oaep_without_digest,
    ),
    _entry(
        "encrypted-key-beside",
        "verpackter Schlüssel neben den Daten",
        "wrapped key beside the data",
        "both places are allowed (SAML Core 6.1, errata E43)",
        envelope=_key_beside,
    ),
    _entry(
        "byte-order-mark",
        "mit Byte Order Mark",
        "with a byte order mark",
        "the mark is no part of the document (XML 1.0 4.3.3)",
        wire=lambda content: b"\xef\xbb\xbf" + content,
    ),
    _entry(
        "pretty-printed",
        "eingerückt, vor der Unterschrift",
        "indented, before it was signed",
        "blanks between elements mean nothing",
        draft=_indented,
        envelope=_indented_response,
    ),
    _entry(
        "address-differs",
        "andere Netzadresse",
        "another network address",
        _ADDRESS,
        statement=lambda said: replace(said, address="2001:db8::1"),
    ),
    _entry(
        "address-missing",
        "ohne Netzadresse",
        "no network address",
        _ADDRESS,
        draft=lambda root: (at(_CONFIRMATION, unset("Address"))(root), at(_LOCALITY, unset("Address"))(root))[0],
    ),
    _entry(
        "session-index-missing",
        "ohne SessionIndex",
        "without SessionIndex",
        "needed for logout only (SAML Core 2.7.2)",
        draft=at("saml:AuthnStatement", unset("SessionIndex")),
    ),
    _entry(
        "session-ends-later",
        "Sitzung endet in ferner Zukunft",
        "session ends far in the future",
        "a session that still lasts says nothing against the login (SAML Core 2.7.2)",
        draft=at("saml:AuthnStatement", setting("SessionNotOnOrAfter", "2099-01-01T00:00:00Z")),
    ),
    _entry(
        "one-time-use",
        "mit OneTimeUse",
        "with OneTimeUse",
        "used once, as every answer is (SAML Core 2.5.1.5)",
        draft=_one_time_use,
    ),
)
