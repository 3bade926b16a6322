"""Is this request signed by whom it names? Shape first, then libxmlsec with the keys of the metadata, nothing else.

KeyInfo inside a message is never believed: only certificates from the metadata file count.
"""

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idgateway.simulator.errors import RequestRefused
from idgateway.simulator.names import DS, ENVELOPED, EXC_C14N, NS, RSA_PSS_SHA256, RSA_SHA256, SHA256
from idgateway.simulator.tree import Element

NOT_SIGNED = "saml-request-not-signed"


def check_signature(root: Element, certificates: tuple[x509.Certificate, ...]) -> None:
    """The root carries one enveloped signature over itself by one of these keys. Raises RequestRefused."""
    signature = _shaped(root)
    xmlsec.tree.add_ids(root, ["ID"])
    if not any(_verifies(signature, certificate) for certificate in certificates):
        raise RequestRefused(NOT_SIGNED, "no key of the metadata verifies the signature")


def _verifies(signature: Element, certificate: x509.Certificate) -> bool:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _shaped(root: Element) -> Element:
    """The one signature, if it has exactly the form SAML Core 5.4 allows; no transform runs before this has passed."""
    signatures = list(root.iter(f"{{{DS}}}Signature"))
    if not signatures:
        raise RequestRefused(NOT_SIGNED, "there is no signature")
    if len(signatures) > 1 or signatures[0].getparent() is not root:
        raise RequestRefused(NOT_SIGNED, "more than one signature, or one at another place than below the request")
    _expect(signatures[0], root)
    return signatures[0]


def _expect(signature: Element, root: Element) -> None:
    references = signature.findall("ds:SignedInfo/ds:Reference", NS)
    identifiers = root.xpath("//@ID")
    facts = {
        "one reference to the request": [entry.get("URI") for entry in references] == [f"#{root.get('ID')}"],
        "an ID that occurs once": identifiers.count(root.get("ID")) == 1,
        "only the enveloped and exclusive transforms": _algorithms(signature, "//ds:Transform")
        in ([ENVELOPED, EXC_C14N], [ENVELOPED]),
        "exclusive canonicalisation": _algorithms(signature, "ds:SignedInfo/ds:CanonicalizationMethod") == [EXC_C14N],
        "SHA-256": _algorithms(signature, "//ds:DigestMethod") == [SHA256],
        "RSA-SHA256 or RSA-PSS": _algorithms(signature, "ds:SignedInfo/ds:SignatureMethod")
        in ([RSA_SHA256], [RSA_PSS_SHA256]),
    }
    missing = [name for name, fact in facts.items() if not fact]
    if missing:
        raise RequestRefused(NOT_SIGNED, "the signature lacks " + ", ".join(missing))


def _algorithms(signature: Element, path: str) -> list[str | None]:
    relative = path if not path.startswith("//") else "." + path
    return [found.get("Algorithm") for found in signature.findall(relative, NS)]
