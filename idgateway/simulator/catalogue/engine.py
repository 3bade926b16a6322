"""Table of documents that make a reader open files, reach out or run programs, mostly before any signature is checked.

Every one has to be refused within milliseconds. Sources: XML 1.0 (entities); XML Signature Best Practices 2.1 to 2.3;
They are safe to make: nothing here opens an entity, runs a transform or follows an address.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lxml import etree

from idgateway.simulator.catalogue.breakage import Broken, Workpiece
from idgateway.simulator.catalogue.changes import SIGNATURE, Edit, at
from idgateway.simulator.names import DS, EXC_C14N, NS
from idgateway.simulator.protection import Protection
from idgateway.simulator.tree import Element, child

_DTD = "no document type declaration, none of its entities (SAML Bindings 3.5.4; XML 1.0 4.4)"
_TRANSFORMS = "enveloped-signature and exclusive canonical form, nothing else (SAML Core 5.4.4)"
_KEYS = "keys come from the provider's metadata, never from the answer"
_SIZE = "an honest answer has about 16,000 characters: a limit before anything is decoded"
_XSL = "http://www.w3.org/1999/XSL/Transform"
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def _doctype(declarations: str, use: bytes = b"") -> Callable[[bytes], bytes]:
    """Put a DOCTYPE before the response; ``use`` becomes the text of an attribute that means nothing."""

    def change(content: bytes) -> bytes:
        consent = b'<samlp:Response Consent="' + use + b'" ' if use else b"<samlp:Response "
        return content.replace(b"<samlp:Response ", f"<!DOCTYPE r {declarations}>".encode() + consent, 1)

    return change


def _doctype_inside(assertion: bytes) -> tuple[bytes, ...]:
    return (b'<!DOCTYPE r [<!ENTITY name "MALLORY">]>' + assertion,)


def _external_inside(assertion: bytes) -> tuple[bytes, ...]:
    return (b'<!DOCTYPE r [<!ENTITY name SYSTEM "file:///etc/hostname">]>' + assertion,)


def _transforming(edit: Edit) -> Callable[[Protection], Protection]:
    """Change the transforms of the assertion's signature, which is then made over them."""
    return lambda given: replace(given, sign_response=False, edit=at("ds:SignedInfo/ds:Reference/ds:Transforms", edit))


def _transform(algorithm: str, times: int = 1) -> Edit:
    def change(transforms: Element) -> None:
        for _ in range(times):
            child(transforms, DS, "Transform", Algorithm=algorithm)

    return change


def _stylesheet(transforms: Element) -> None:
    transform = child(transforms, DS, "Transform", Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116")
    sheet = etree.SubElement(transform, etree.QName(_XSL, "stylesheet"), nsmap={"xsl": _XSL}, version="1.0")
    loop = child(sheet, _XSL, "template", match="/")
    for _ in range(22):
        loop = child(loop, _XSL, "for-each", select="//. | //@*")


def _xpath(transforms: Element) -> None:
    transform = child(transforms, DS, "Transform", Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116")
    child(transform, DS, "XPath").text = "count(//. | //@*) > count(//*[count(//.) > 0])"


def _prefixes(transforms: Element) -> None:
    inclusive = transforms.find(f".//{{{EXC_C14N}}}InclusiveNamespaces")
    inclusive.set("PrefixList", " ".join(f"p{number}" for number in range(5000)))


def _canonical_with_comments(signature: Element) -> None:
    signature.find("ds:SignedInfo/ds:CanonicalizationMethod", NS).set("Algorithm", EXC_C14N + "WithComments")


def _method_hmac(signature: Element) -> None:
    method = signature.find("ds:SignedInfo/ds:SignatureMethod", NS)
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")


def _references(signature: Element) -> None:
    info = signature.find("ds:SignedInfo", NS)
    for number in range(300):
        child(info, DS, "Reference", URI=f"#_{number}")


def _key_info(tag: str, **attributes: str) -> Callable[[Workpiece], None]:
    """Another way to name a key, beside the certificate in the response's signature."""
    return lambda piece: _appended(piece.response.find(f"{SIGNATURE}/{{{DS}}}KeyInfo"), tag, attributes)


def _appended(parent: Element, tag: str, attributes: dict[str, str]) -> None:
    child(parent, DS, tag, **attributes)


def _entry(name: str, german: str, english: str, rule: str, **bites: Any) -> Broken:
    return Broken(name=name, title=(german, english), rule=rule, **bites)


ENTRIES = (
    _entry("doctype", "mit Dokumenttyp", "with a document type", _DTD, wire=_doctype("[]")),
    _entry(
        "entity-internal",
        "mit eigener Entität",
        "with an entity of its own",
        _DTD,
        wire=_doctype('[<!ENTITY e "x">]', b"&e;"),
    ),
    _entry(
        "entity-external",
        "mit Entität aus einer Datei",
        "with an entity from a file",
        _DTD,
        wire=_doctype('[<!ENTITY e SYSTEM "file:///etc/hostname">]'),
    ),
    _entry(
        "entity-parameter",
        "mit Parameterentität aus dem Netz",
        "with a parameter entity from the network",
        _DTD,
        wire=_doctype('[<!ENTITY % e SYSTEM "http://127.0.0.1:9/e.dtd"> %e;]'),
    ),
    _entry(
        "doctype-external",
        "mit Dokumenttyp aus dem Netz",
        "with a document type from the network",
        _DTD,
        wire=_doctype('SYSTEM "http://127.0.0.1:9/r.dtd"'),
    ),
    _entry(
        "billion-laughs",
        "Entitäten, die sich vermilliardenfachen",
        "entities that multiply into billions",
        _DTD,
        wire=_doctype(f'[<!ENTITY l0 "ha">{_LAUGHS}]', b"&l9;"),
    ),
    _entry(
        "entity-quadratic",
        "eine große Entität, tausendmal",
        "one large entity, a thousand times",
        _DTD,
        wire=_doctype(f'[<!ENTITY e "{"x" * 20_000}">]', b"&e;" * 1000),
    ),
    _entry(
        "doctype-in-assertion",
        "Dokumenttyp in der verschlüsselten Aussage",
        "document type inside the encrypted assertion",
        _DTD,
        parts=_doctype_inside,
    ),
    _entry(
        "entity-in-assertion",
        "Entität aus einer Datei in der verschlüsselten Aussage",
        "entity from a file inside the encrypted assertion",
        _DTD,
        parts=_external_inside,
    ),
    _entry(
        "xslt",
        "XSLT in der Unterschrift",
        "XSLT in the signature",
        _TRANSFORMS,
        protection=lambda given: replace(
            given, sign_assertion=False, edit=at("ds:SignedInfo/ds:Reference/ds:Transforms", _stylesheet)
        ),
    ),
    _entry(
        "xslt-in-assertion",
        "XSLT in der verschlüsselten Unterschrift",
        "XSLT in the encrypted signature",
        _TRANSFORMS,
        protection=_transforming(_stylesheet),
    ),
    _entry(
        "xpath", "XPath in der Unterschrift", "XPath in the signature", _TRANSFORMS, protection=_transforming(_xpath)
    ),
    _entry(
        "transform-base64",
        "base64-Umwandlung in der Unterschrift",
        "base64 transform in the signature",
        _TRANSFORMS,
        protection=_transforming(_transform(DS + "base64")),
    ),
    _entry(
        "transform-decrypt",
        "Entschlüsselung in der Unterschrift",
        "decryption transform in the signature",
        _TRANSFORMS,
        protection=_transforming(_transform("http://www.w3.org/2002/07/decrypt#XML")),
    ),
    _entry(
        "transforms-800",
        "800 Umwandlungen",
        "800 transforms",
        _TRANSFORMS,
        protection=_transforming(_transform(EXC_C14N, 800)),
    ),
    _entry(
        "transforms-10000",
        "10000 Umwandlungen",
        "10000 transforms",
        _SIZE,
        protection=_transforming(_transform(EXC_C14N, 10_000)),
    ),
    _entry(
        "prefixes-5000",
        "5000 Präfixe in der Normalform",
        "5000 prefixes in the canonical form",
        _TRANSFORMS,
        protection=_transforming(_prefixes),
    ),
    _entry(
        "canonical-with-comments",
        "Normalform mit Kommentaren",
        "canonical form with comments",
        _TRANSFORMS,
        protection=lambda given: replace(given, sign_response=False, edit=_canonical_with_comments),
    ),
    _entry(
        "method-hmac",
        "HMAC als Verfahren der Unterschrift",
        "HMAC as the signature's method",
        "a public key's signature, never a shared secret",
        protection=lambda given: replace(given, sign_response=False, edit=_method_hmac),
    ),
    _entry(
        "references-300",
        "300 Verweise in der Unterschrift",
        "300 references in the signature",
        "one reference (SAML Core 5.4.2)",
        protection=lambda given: replace(given, sign_response=False, edit=_references),
    ),
    _entry(
        "key-retrieval",
        "Schlüssel von einer Adresse zu holen",
        "key to be fetched from an address",
        _KEYS,
        response=_key_info("RetrievalMethod", URI="http://127.0.0.1:9/key"),
    ),
    _entry(
        "key-value",
        "Schlüssel als KeyValue beigelegt",
        "key enclosed as KeyValue",
        _KEYS,
        response=_key_info("KeyValue"),
    ),
)
