"""Table of metadata that are wrong or odd: what a service may load, refresh from, or be handed by somebody else.

``GET /idp?fault=NAME`` serves them. Each is the stand-in's own metadata with one thing changed. Sources: SAML Metadata
2.3, 2.4 and 3; BSI TR-02102-1 (key lengths); BundID interface description 7.2 and 10.2.
"""

import base64
import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from idgateway.simulator.catalogue.breakage import ACCEPT, REFUSE
from idgateway.simulator.catalogue.changes import at, drop, setting, telling, unset
from idgateway.simulator.identity import certify
from idgateway.simulator.names import DS, MD
from idgateway.simulator.protection import Protection, Signer, foreign_signer, short_signer, sign
from idgateway.simulator.tree import Element

_KEY = "md:IDPSSODescriptor/md:KeyDescriptor"
_CERTIFICATE = _KEY + "/ds:KeyInfo/ds:X509Data/ds:X509Certificate"
_SERVICES = "md:IDPSSODescriptor/md:SingleSignOnService"
_ID = "_" + "d" * 32
_PLAIN = "no document type, no entities, one parser"
_PINNED = "keys are pinned; a certificate's own dates are told, and refuse nobody (BundID's sample runs for 20 years)"

Change = Callable[[Element, Signer], None]


@dataclass(frozen=True, kw_only=True)
class Misdescribed:
    """One named document: what is changed in the tree, then in its bytes."""

    name: str
    title: tuple[str, str]
    rule: str
    expectation: str
    change: Change
    wire: Callable[[bytes], bytes]


def misdescribed(name: str, content: bytes, signer: Signer) -> bytes:
    """The stand-in's metadata ``content``, wrong as named; ``signer`` is its own key. Raises KeyError."""
    entry = METADATA[name]
    root = etree.fromstring(content)
    entry.change(root, signer)
    return entry.wire(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _text(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def _edited(path: str, edit: Callable[[Element], None]) -> Change:
    return lambda root, _signer: at(path, edit)(root)


def _certified_in(year: int) -> Change:
    """The right key in a certificate made that year, for ten years."""

    def change(root: Element, signer: Signer) -> None:
        certificate = certify(signer.key, now=datetime(year, 1, 1, tzinfo=UTC))
        at(_CERTIFICATE, telling(_text(certificate)))(root)

    return change


def _short_key(root: Element, _signer: Signer) -> None:
    at(_CERTIFICATE, telling(_text(short_signer().certificate)))(root)


def _second_key(root: Element, _signer: Signer) -> None:
    descriptor = root.find(f"{{{MD}}}IDPSSODescriptor/{{{MD}}}KeyDescriptor")
    another = copy.deepcopy(descriptor)
    another.find(f".//{{{DS}}}X509Certificate").text = _text(foreign_signer().certificate)
    descriptor.addnext(another)


def _other_role(root: Element, _signer: Signer) -> None:
    root.find(f"{{{MD}}}IDPSSODescriptor").tag = f"{{{MD}}}SPSSODescriptor"


def _over_http(root: Element, _signer: Signer) -> None:
    for service in root.iter(f"{{{MD}}}SingleSignOnService"):
        service.set("Location", "http://other.example.org/sso")


def _signed_by(root: Element, signer: Signer) -> None:
    root.set("ID", _ID)
    sign(root, Protection(signer=signer))


def _signed_by_stranger(root: Element, _signer: Signer) -> None:
    _signed_by(root, foreign_signer())


def _changed_after(root: Element, signer: Signer) -> None:
    _signed_by(root, signer)
    _over_http(root, signer)


def _aggregate(content: bytes) -> bytes:
    root = etree.Element(etree.QName(MD, "EntitiesDescriptor"), nsmap={"md": MD})
    root.append(etree.fromstring(content))
    return bytes(etree.tostring(root))


def _with_doctype(declarations: str) -> Callable[[bytes], bytes]:
    opening = f"<!DOCTYPE r {declarations}><md:EntityDescriptor".encode()
    return lambda content: content.replace(b"<md:EntityDescriptor", opening, 1)


def _padded(content: bytes) -> bytes:
    return content.replace(b"</md:EntityDescriptor>", b"<!--" + b" " * 50_000_000 + b"--></md:EntityDescriptor>")


def _entry(name: str, german: str, english: str, rule: str, **bites: Any) -> Misdescribed:
    given: dict[str, Any] = {"expectation": REFUSE, "change": lambda _root, _signer: None, "wire": bytes} | bites
    return Misdescribed(name="metadata-" + name, title=(german, english), rule=rule, **given)


METADATA: dict[str, Misdescribed] = {
    entry.name: entry
    for entry in (
        _entry("doctype", "mit Dokumenttyp", "with a document type", _PLAIN, wire=_with_doctype("[]")),
        _entry(
            "entity-external",
            "mit Entität aus einer Datei",
            "with an entity from a file",
            _PLAIN,
            wire=_with_doctype('[<!ENTITY e SYSTEM "file:///etc/hostname">]'),
        ),
        _entry("no-xml", "gar kein XML", "no XML at all", "one well-formed document", wire=lambda _: b"<html>"),
        _entry(
            "50-megabytes",
            "50 MB groß",
            "50 MB large",
            "one provider's metadata have a few kilobytes: a limit before parsing",
            wire=_padded,
        ),
        _entry(
            "aggregate",
            "Sammlung mehrerer Anbieter",
            "aggregate of several providers",
            "one entity, the one that was meant (SAML Metadata 2.3.1)",
            wire=_aggregate,
        ),
        _entry(
            "entity-id-missing",
            "ohne entityID",
            "without an entityID",
            "required (SAML Metadata 2.3.2)",
            change=_edited(".", unset("entityID")),
        ),
        _entry(
            "entity-id-changed",
            "mit anderer entityID als bisher",
            "with another entityID than before",
            "another name is another provider: a refresh never changes it",
            change=_edited(".", setting("entityID", "https://other.example.org/idp")),
        ),
        _entry(
            "role-other", "beschreibt einen Dienst", "describes a service", "an IDPSSODescriptor", change=_other_role
        ),
        _entry(
            "key-missing",
            "ohne Schlüssel",
            "without a key",
            "no key, no trust (SAML Metadata 2.4.1.1)",
            change=_edited(_KEY, drop),
        ),
        _entry(
            "key-1024",
            "RSA-Schlüssel von 1024 Bit",
            "RSA key of 1024 bits",
            "2048 bits at least (BSI TR-02102-1)",
            change=_short_key,
        ),
        _entry(
            "certificate-nonsense",
            "Zertifikat unlesbar",
            "certificate unreadable",
            "a certificate in base64 (XML Signature 4.5.4)",
            change=_edited(_CERTIFICATE, telling("bm8gY2VydGlmaWNhdGU=")),
        ),
        _entry(
            "address-http",
            "Anmeldeadresse ohne TLS",
            "login address without TLS",
            "https only: the request would show who logs in where",
            change=_over_http,
        ),
        _entry(
            "address-missing",
            "ohne Anmeldeadresse für HTTP-POST",
            "without a login address for HTTP-POST",
            "an address for the binding in use (SAML Metadata 2.4.3)",
            change=_edited(_SERVICES, drop),
        ),
        _entry(
            "ended",
            "seit 2020 nicht mehr gültig (validUntil)",
            "no longer valid since 2020 (validUntil)",
            "nothing in them counts any more (SAML Metadata 2.3.2)",
            change=_edited(".", setting("validUntil", "2020-01-01T00:00:00Z")),
        ),
        _entry(
            "signed-by-stranger",
            "mit fremdem Schlüssel unterschrieben",
            "signed with a foreign key",
            "where a signer is pinned, only that one counts (SAML Metadata 3)",
            change=_signed_by_stranger,
        ),
        _entry(
            "changed-after-signing",
            "nach der Unterschrift verändert",
            "changed after it was signed",
            "the signature covers what is read (SAML Metadata 3)",
            change=_changed_after,
        ),
        _entry(
            "signed",
            "mit dem eigenen Schlüssel unterschrieben",
            "signed with the provider's own key",
            "SAML Metadata 3",
            expectation=ACCEPT,
            change=_signed_by,
        ),
        _entry(
            "two-keys",
            "zwei Schlüssel während eines Wechsels",
            "two keys during a rollover",
            "each of them may sign (SAML Metadata 2.4.1.1)",
            expectation=ACCEPT,
            change=_second_key,
        ),
        _entry(
            "certificate-expired",
            "Zertifikat abgelaufen",
            "certificate expired",
            _PINNED,
            expectation=ACCEPT,
            change=_certified_in(2005),
        ),
        _entry(
            "certificate-not-yet-valid",
            "Zertifikat gilt noch nicht",
            "certificate not valid yet",
            _PINNED,
            expectation=ACCEPT,
            change=_certified_in(2090),
        ),
    )
}
