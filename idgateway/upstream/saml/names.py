"""Namespaces and algorithm names of SAML 2.0, XML Signature, XML Encryption and the AKDB extension."""

from typing import Final

PROTOCOL: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
METADATA: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XENC11: Final = "http://www.w3.org/2009/xmlenc11#"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

AKDB: Final = "https://www.akdb.de/request/2018/09"
CLASSIC_UI: Final = "https://www.akdb.de/request/2018/09/classic-ui/v1"
AKDB_FAMILY: Final = "https://www.akdb.de/"  # answers may carry a later date in the namespace than requests

BINDING_POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
BINDING_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
NAMEID_FORMATS: Final = {
    "transient": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "unspecified": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
}
NAMEID_ENTITY: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

STATUS: Final = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS: Final = STATUS + "Success"

SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_PSS_SHA256: Final = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"

# Digests that may stand under a signature (SHA-1 may not) and their names in hashlib.
DIGESTS: Final = {
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
SIGNATURES: Final = frozenset(
    {
        RSA_SHA256,
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        RSA_PSS_SHA256,
        "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
        "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
    }
)

# Content encryption: authenticated modes only, with the key length in bytes. CBC is open to padding oracles.
CONTENT_CIPHERS: Final = {XENC11 + "aes128-gcm": 16, XENC11 + "aes192-gcm": 24, XENC11 + "aes256-gcm": 32}
# Key transport: OAEP only. SHA-1 is allowed here, inside EncryptedKey, and nowhere else.
OAEP_MGF1P: Final = XENC + "rsa-oaep-mgf1p"
OAEP_11: Final = XENC11 + "rsa-oaep"
OAEP_DIGESTS: Final = {DSIG + "sha1": "sha1", **DIGESTS}
OAEP_MGFS: Final = {
    XENC11 + "mgf1sha1": "sha1",
    XENC11 + "mgf1sha256": "sha256",
    XENC11 + "mgf1sha384": "sha384",
    XENC11 + "mgf1sha512": "sha512",
}
ENCRYPTED_ELEMENT: Final = XENC + "Element"


def p(name: str) -> str:
    """An element of the SAML protocol namespace."""
    return f"{{{PROTOCOL}}}{name}"


def a(name: str) -> str:
    """An element of the SAML assertion namespace."""
    return f"{{{ASSERTION}}}{name}"


def ds(name: str) -> str:
    """An element of XML Signature."""
    return f"{{{DSIG}}}{name}"


def xenc(name: str) -> str:
    """An element of XML Encryption."""
    return f"{{{XENC}}}{name}"


def md(name: str) -> str:
    """An element of SAML metadata."""
    return f"{{{METADATA}}}{name}"
