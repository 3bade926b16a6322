"""Our own SAML metadata, as an account would read them: BundID's hard rules, the keys of a rollover, where answers go.

Sources: BundID interface description 7.2; SAML Metadata 2.3.2 and 2.4.4.
"""

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from idgateway.errors import GateError
from idgateway.gate import callback_url
from idgateway.settings import GateSettings
from idgateway.upstream.saml.metadata.ours import service_provider
from idgateway.upstream.saml.names import ds, md
from keys.custody import FileCustody
from keys.errors import KeysError
from runtime.findings import Finding, good, warning, wrong
from runtime.settings import Settings

FORBIDDEN: Final = ("validUntil", "cacheDuration", "ID")
ONLINE_SERVICE: Final = re.compile(r"BMI-(A[0-9A-Za-z]{4}|B[0-9A-Za-z]{7})")
RSA_BITS: Final = 3072  # BSI TR-02102-1: at least 3000
ROLLOVER: Final = 2  # keys of one use; many providers read no third
_SPKI: Final = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check_ours(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What each SAML account would read of us. Keys and settings that are not there are told elsewhere."""
    gate = settings.gate
    if gate is None or not gate.saml:
        return
    try:
        ring = FileCustody(gate.keys_directory).load()
    except KeysError:
        return
    yield from _services(gate)
    for provider in gate.saml:
        try:
            document = service_provider(provider, ring, callback_url(gate, provider.name), now)
        except (GateError, KeysError):
            continue
        subject = f"our metadata for {provider.name}"
        found = list(lint(document, subject, gate, now))
        yield from found or [good(subject, f"BundID's rules are kept; they stand at {_place(gate, provider.name)}.")]


def _services(gate: GateSettings) -> Iterator[Finding]:
    """Each application that BundID shows has its BMI-ID (glossary of BundID's guide; wanted since 30 June 2025)."""
    accounts = {provider.name for provider in gate.saml if provider.profile == "bundid"}
    for client in gate.clients:
        if accounts & set(client.accounts) and not ONLINE_SERVICE.fullmatch(client.online_service_id):
            told = f"online_service_id is {client.online_service_id!r}, no BMI-ID."
            cure = "BundID gives it with the registration: BMI-A and four, or BMI-B and seven characters."
            yield warning(f"client {client.client_id}", told, cure)


def lint(document: bytes, subject: str, gate: GateSettings, now: datetime) -> Iterator[Finding]:
    """Everything that a strict reader would find in our metadata; nothing where all is well."""
    root = etree.fromstring(document)
    yield from _hard_rules(root, subject)
    yield from _keys(root, subject, now)
    yield from _consumers(root, subject, gate)


def _hard_rules(root: Any, subject: str) -> Iterator[Finding]:
    for name in FORBIDDEN:
        if any(name in element.attrib for element in root.iter("{*}EntityDescriptor", "{*}SPSSODescriptor")):
            yield wrong(
                subject, f"They carry {name}, which BundID refuses.", "Hand over what the gate serves, as it is."
            )
    parts = urlsplit(root.get("entityID", ""))
    if parts.scheme != "https" or not parts.hostname or parts.netloc != parts.hostname:
        yield wrong(subject, "The entityID is no https URL without port.", "Write https://host/path as entity_id.")


def _keys(root: Any, subject: str, now: datetime) -> Iterator[Finding]:
    uses = {use: _certificates(root, use) for use in ("signing", "encryption")}
    shared = _spki(uses["signing"]) & _spki(uses["encryption"])
    if shared or any(not each.get("use") for each in root.iter(md("KeyDescriptor"))):
        cure = "Run: idgateway keys rotate gate saml-encryption"
        yield wrong(subject, "One key serves for signing and for encryption.", cure)
    for use, certificates in uses.items():
        if len(certificates) > ROLLOVER:
            told = f"They show {len(certificates)} {use} keys; many providers read two at most."
            yield warning(subject, told, "Wait with the next rotation until the oldest has had its time.")
        for certificate in certificates:
            yield from _certificate(certificate, use, subject, now)


def _certificate(certificate: x509.Certificate, use: str, subject: str, now: datetime) -> Iterator[Finding]:
    cure = f"Run: idgateway keys rotate gate saml-{use}, then hand over the new metadata."
    if certificate.not_valid_before_utc > now:
        yield wrong(subject, f"A {use} certificate begins on {certificate.not_valid_before_utc:%Y-%m-%d} only.", cure)
    if certificate.not_valid_after_utc <= now:
        yield wrong(subject, f"A {use} certificate ended on {certificate.not_valid_after_utc:%Y-%m-%d}.", cure)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < RSA_BITS:
        yield wrong(subject, f"A {use} key is no RSA key of {RSA_BITS} bits or more.", cure)


def _consumers(root: Any, subject: str, gate: GateSettings) -> Iterator[Finding]:
    places = [each.get("Location", "") for each in root.iter(md("AssertionConsumerService"), md("SingleLogoutService"))]
    for place in places:
        if not place.startswith(gate.issuer + "/"):
            yield wrong(subject, f"Answers would go to {place}, outside {gate.issuer}.", "Mend gate.issuer.")
        if not place.startswith("https://") and not gate.demo:
            yield wrong(subject, f"Answers would go to {place}, which is not https.", "Let gate.issuer be https.")


def _certificates(root: Any, use: str) -> list[x509.Certificate]:
    descriptors = [each for each in root.iter(md("KeyDescriptor")) if each.get("use") == use]
    texts = [each.text or "" for descriptor in descriptors for each in descriptor.iter(ds("X509Certificate"))]
    return [x509.load_der_x509_certificate(base64.b64decode(text)) for text in texts]


def _spki(certificates: list[x509.Certificate]) -> set[bytes]:
    return {each.public_key().public_bytes(*_SPKI) for each in certificates}


def _place(gate: GateSettings, name: str) -> str:
    return callback_url(gate, name).removesuffix("/acs") + "/metadata"
