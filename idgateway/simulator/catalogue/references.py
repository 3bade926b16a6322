"""Table of signatures whose reference, identifier or namespaces lead elsewhere: the numbered wrappings 12 to 16.

Sources: SAML Core 1.3.4 and 5.4.2; XML Signature 1.1 section 4.4.3; CVE-2025-66568.
"""

from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from idgateway.simulator.catalogue.breakage import ACCEPT
from idgateway.simulator.catalogue.changes import at, double, drop, on_response, setting, with_values
from idgateway.simulator.catalogue.wrapping import entry, inner
from idgateway.simulator.names import NS, SAML, SAMLP
from idgateway.simulator.protection import Protection
from idgateway.simulator.tree import Element

_REFERENCE = "one reference, to the signed element's own ID (SAML Core 5.4.2)"
_ID = "_" + "e" * 32


def _two_references(signature: Element) -> None:
    at("ds:SignedInfo/ds:Reference", double)(signature)


def _foreign_attribute(assertion: Element) -> None:
    evil = etree.SubElement(
        assertion.find("saml:AttributeStatement", NS),
        "{urn:example:other}Attribute",
        nsmap={"saml": "urn:example:other"},
    )
    evil.set("Name", "urn:oid:1.3.6.1.4.1.25484.494450.3")
    etree.SubElement(evil, "{urn:example:other}AttributeValue").text = "MALLORY"


def _declared(declaration: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(b"<samlp:Response ", b"<samlp:Response " + declaration + b" ", 1)


def _uri(value: str) -> Callable[[Protection], Protection]:
    return lambda given: replace(inner(given), edit=at("ds:SignedInfo/ds:Reference", setting("URI", value)))


ENTRIES = (
    entry(
        "12-empty",
        "Unterschrift zeigt auf das ganze Dokument",
        "signature refers to the whole document",
        _REFERENCE,
        protection=_uri(""),
    ),
    entry(
        "12-xpointer-id",
        "Unterschrift zeigt mit xpointer(id()) auf etwas",
        "signature refers by xpointer(id())",
        _REFERENCE,
        protection=_uri("#xpointer(id('x'))"),
    ),
    entry(
        "12-xpointer-root",
        "Unterschrift zeigt mit xpointer(/) auf die Wurzel",
        "signature refers by xpointer(/)",
        _REFERENCE,
        protection=_uri("#xpointer(/)"),
    ),
    entry(
        "12-elsewhere",
        "Unterschrift zeigt auf eine fremde Adresse",
        "signature refers to a foreign address",
        _REFERENCE,
        protection=_uri("https://other.example.org/signed.xml"),
    ),
    entry(
        "12-missing",
        "Unterschrift ohne Verweis",
        "signature without a reference",
        _REFERENCE,
        protection=lambda given: replace(inner(given), edit=at("ds:SignedInfo/ds:Reference", drop)),
    ),
    entry(
        "12-second",
        "Unterschrift mit zwei Verweisen",
        "signature with two references",
        _REFERENCE,
        protection=lambda given: replace(inner(given), edit=_two_references),
    ),
    entry(
        "13",
        "zwei Unterschriften an einer Aussage",
        "two signatures on one assertion",
        _REFERENCE,
        protection=inner,
        assertion=at("ds:Signature", double),
    ),
    entry(
        "14",
        "zweite ID in fremdem Namensraum",
        "second ID in a foreign namespace",
        "only the schema's own ID counts",
        draft=lambda root: root.set(f"{{{SAMLP}}}ID", _ID),
    ),
    entry(
        "14-response",
        "zweite ID der Hülle in fremdem Namensraum",
        "second ID of the envelope in a foreign namespace",
        "only the schema's own ID counts",
        envelope=on_response(setting(f"{{{SAML}}}ID", _ID)),
    ),
    entry(
        "15",
        "relativer Namensraum: die Normalform wird leer",
        "relative namespace: the canonical form becomes empty",
        "a canonical form that fails is no signed content (CVE-2025-66568)",
        wire=_declared(b'xmlns:void="relative/path"'),
    ),
    entry(
        "16",
        "Präfix „saml“ für einen fremden Namensraum",
        "prefix “saml” for a foreign namespace",
        "names are namespace and local name, never prefix",
        draft=_foreign_attribute,
        applies=with_values,
    ),
    entry(
        "16-neutral",
        "unbenutzter Namensraum auf der Hülle",
        "unused namespace on the envelope",
        "exclusive canonical form leaves out what is not used",
        expectation=ACCEPT,
        wire=_declared(b'xmlns:extra="urn:example:extra"'),
    ),
)
