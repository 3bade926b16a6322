"""Table of answers whose signature or encryption is wrong, weak or somebody else's.

Sources: SAML Profiles 4.1.4.2 and 4.1.4.3, SAML Core 5; XML Encryption 1.1 section 5; BundID interface description 5.4.
"""

import base64
import functools
from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import rsa

from idgateway.simulator.catalogue.breakage import ACCEPT, Broken, Workpiece
from idgateway.simulator.catalogue.changes import SIGNATURE
from idgateway.simulator.names import (
    AES256_CBC,
    DS,
    MGF1_SHA256,
    NS,
    RSA_1_5,
    RSA_OAEP_11,
    RSA_OAEP_MGF1P,
    RSA_SHA1,
    RSA_SHA256,
    SAML,
    SHA1,
    SHA256,
    XENC11,
)
from idgateway.simulator.protection import Protection, foreign_signer, short_signer
from idgateway.simulator.tree import Element, child


def _tampered(assertion: Element) -> None:
    """Change a signed value; with no attribute at hand, the name identifier."""
    values = assertion.findall(f".//{{{SAML}}}AttributeValue") or assertion.findall(f".//{{{SAML}}}NameID")
    values[0].text = (values[0].text or "") + "X"


def _amended(piece: Workpiece) -> None:
    """Add an attribute that SAML allows and that means nothing to anyone: only the signature suffers."""
    piece.response.set("Consent", "urn:oasis:names:tc:SAML:2.0:consent:obtained")


def _flipped(text: str) -> str:
    content = bytearray(base64.b64decode(text))
    content[len(content) // 2] ^= 1
    return base64.b64encode(bytes(content)).decode()


def _flip_content(piece: Workpiece) -> None:
    found = piece.response.find(".//xenc:EncryptedData/xenc:CipherData/xenc:CipherValue", NS)
    found.text = _flipped(found.text)


def _flip_key(piece: Workpiece) -> None:
    found = piece.response.find(".//xenc:EncryptedKey/xenc:CipherData/xenc:CipherValue", NS)
    found.text = _flipped(found.text)


def _method_with(tag: str, namespace: str, algorithm: str) -> Callable[[Workpiece], None]:
    """Another algorithm named inside the key's EncryptionMethod; what is wrapped stays as it is."""

    def change(piece: Workpiece) -> None:
        method = piece.response.find(".//xenc:EncryptedKey/xenc:EncryptionMethod", NS)
        found = method.find(f"{{{namespace}}}{tag}")
        (child(method, namespace, tag) if found is None else found).set("Algorithm", algorithm)

    return change


def _short_signer(given: Protection) -> Protection:
    return replace(given, signer=short_signer())


def _no_value(piece: Workpiece) -> None:
    piece.response.find(f"{SIGNATURE}/{{{DS}}}SignatureValue").text = ""


@functools.cache
def _stranger() -> rsa.RSAPublicKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=3072).public_key()


ENTRIES = (
    Broken(
        name="unsigned",
        title=("ohne jede Unterschrift", "without any signature"),
        rule="SAML Profiles 4.1.4.2: with HTTP-POST, response or assertion is signed",
        protection=lambda given: replace(given, sign_response=False, sign_assertion=False),
    ),
    Broken(
        name="foreign-key",
        title=(
            "mit fremdem Schlüssel unterschrieben, dessen Zertifikat beiliegt",
            "signed with a foreign key, its certificate enclosed",
        ),
        rule="only keys of the provider's metadata count, never KeyInfo (SAML Core 5.4.5)",
        protection=lambda given: replace(given, signer=foreign_signer()),
    ),
    Broken(
        name="foreign-key-without-certificate",
        title=(
            "mit fremdem Schlüssel unterschrieben, ohne Zertifikat",
            "signed with a foreign key, no certificate enclosed",
        ),
        rule="only keys of the provider's metadata count",
        protection=lambda given: replace(given, signer=foreign_signer(), certificate=False),
    ),
    Broken(
        name="foreign-key-assertion",
        title=(
            "Hülle ohne, Aussage mit fremder Unterschrift",
            "envelope unsigned, assertion signed with a foreign key",
        ),
        rule="only keys of the provider's metadata count",
        protection=lambda given: replace(given, signer=foreign_signer(), sign_response=False),
    ),
    Broken(
        name="tampered",
        title=("nach der Unterschrift verändert", "changed after it was signed"),
        rule="XML Signature 3.2: the digest covers what is read",
        protection=lambda given: replace(given, sign_response=False),
        assertion=_tampered,
    ),
    Broken(
        name="tampered-response",
        title=("Hülle nach der Unterschrift verändert", "envelope changed after it was signed"),
        rule="XML Signature 3.2: the digest covers what is read",
        response=_amended,
    ),
    Broken(
        name="signature-value-empty",
        title=("Unterschrift ohne Inhalt", "signature without a value"),
        rule="XML Signature 3.2.2: a signature that is there has to verify",
        response=_no_value,
    ),
    Broken(
        name="sha1-signature",
        title=("mit RSA und SHA-1 unterschrieben", "signed with RSA and SHA-1"),
        rule="SHA-1 is broken; BundID 5.4 signs with SHA-256",
        protection=lambda given: replace(given, signature=RSA_SHA1),
    ),
    Broken(
        name="sha1-digest",
        title=("Prüfsumme mit SHA-1", "digest with SHA-1"),
        rule="SHA-1 is broken; BundID 5.4 signs with SHA-256",
        protection=lambda given: replace(given, digest=SHA1),
    ),
    Broken(
        name="not-encrypted",
        title=("nicht verschlüsselt", "not encrypted"),
        rule="BundID interface description 3: answers are encrypted",
        protection=lambda given: replace(given, encrypt=False),
    ),
    Broken(
        name="rsa-1-5-transport",
        title=("Schlüssel mit RSA PKCS#1 v1.5 verpackt", "key wrapped with RSA PKCS#1 v1.5"),
        rule="open to Bleichenbacher's attack; BundID 5.4: OAEP only",
        protection=lambda given: replace(given, transport=RSA_1_5, oaep_mgf=None),
    ),
    Broken(
        name="cbc-content",
        title=("mit AES-CBC verschlüsselt", "encrypted with AES-CBC"),
        rule="open to padding oracles; BundID 5.4: GCM only",
        protection=lambda given: replace(given, content=AES256_CBC, key_bits=256),
    ),
    Broken(
        name="cbc-content-flipped",
        title=("mit AES-CBC verschlüsselt, ein Bit gekippt", "encrypted with AES-CBC, one bit flipped"),
        rule="open to padding oracles: the same error as for any CBC, whatever the padding says",
        protection=lambda given: replace(given, content=AES256_CBC, key_bits=256, sign_response=False),
        response=_flip_content,
    ),
    Broken(
        name="rsa-1024-key",
        title=("mit einem RSA-Schlüssel von 1024 Bit unterschrieben", "signed with an RSA key of 1024 bits"),
        rule="only keys of the provider's metadata count, and none so short can stand there",
        protection=_short_signer,
    ),
    Broken(
        name="oaep-digest-md5",
        title=("Schlüsseltransport nennt MD5", "key transport names MD5"),
        rule="SHA-1 and SHA-2 only (XML Encryption 1.1, 5.5.2)",
        envelope=_method_with("DigestMethod", DS, "http://www.w3.org/2001/04/xmldsig-more#md5"),
    ),
    Broken(
        name="oaep-mask-unknown",
        title=("Schlüsseltransport nennt eine unbekannte Maske", "key transport names an unknown mask"),
        rule="MGF1 with SHA-1 or SHA-2 (XML Encryption 1.1, 5.5.2)",
        protection=lambda given: replace(given, transport=RSA_OAEP_11),
        envelope=_method_with("MGF", XENC11, XENC11 + "mgf1md5"),
    ),
    Broken(
        name="oaep-mgf1p-with-mask",
        title=("altes OAEP mit eigener Maske", "the old OAEP with a mask of its own"),
        rule="rsa-oaep-mgf1p fixes MGF1 with SHA-1 (XML Encryption 1.1, 5.5.2)",
        protection=lambda given: replace(given, transport=RSA_OAEP_MGF1P, oaep_mgf=None),
        envelope=_method_with("MGF", XENC11, MGF1_SHA256),
    ),
    Broken(
        name="ciphertext-flipped",
        title=("ein Bit des Geheimtextes gekippt", "one bit of the ciphertext flipped"),
        rule="XML Encryption 5.2.4: the tag has to verify; one error for every cause",
        protection=lambda given: replace(given, sign_response=False),
        response=_flip_content,
    ),
    Broken(
        name="wrapped-key-flipped",
        title=("ein Bit des verpackten Schlüssels gekippt", "one bit of the wrapped key flipped"),
        rule="XML Encryption 5.5.2; one error for every cause",
        protection=lambda given: replace(given, sign_response=False),
        response=_flip_key,
    ),
    Broken(
        name="other-recipient-key",
        title=("für einen fremden Schlüssel verschlüsselt", "encrypted for somebody else's key"),
        rule="the answer is not for this service; one error for every cause",
        protection=lambda given: replace(given, recipient=_stranger()),
    ),
    Broken(
        name="only-response-signed",
        title=("nur die Hülle ist unterschrieben", "only the envelope is signed"),
        rule="SAML Profiles 4.1.4.3: a verified response covers what it holds",
        expectation=ACCEPT,
        protection=lambda given: replace(given, sign_assertion=False),
    ),
    Broken(
        name="only-assertion-signed",
        title=("nur die Aussage ist unterschrieben", "only the assertion is signed"),
        rule="SAML Profiles 4.1.4.3: the assertion's own signature covers it",
        expectation=ACCEPT,
        protection=lambda given: replace(given, sign_response=False),
    ),
    Broken(
        name="rsa-sha256-signature",
        title=("mit RSA PKCS#1 v1.5 und SHA-256 unterschrieben", "signed with RSA PKCS#1 v1.5 and SHA-256"),
        rule="BundID 5.4 and 10.2: how it signed until 2024",
        expectation=ACCEPT,
        protection=lambda given: replace(given, signature=RSA_SHA256),
    ),
    Broken(
        name="oaep-sha256",
        title=("Schlüssel mit OAEP und SHA-256 verpackt", "key wrapped with OAEP and SHA-256"),
        rule="XML Encryption 5.5.2: the digest is free to choose",
        expectation=ACCEPT,
        protection=lambda given: replace(given, transport=RSA_OAEP_MGF1P, oaep_digest=SHA256, oaep_mgf=None),
    ),
)
