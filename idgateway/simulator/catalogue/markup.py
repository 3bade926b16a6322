"""Table of texts that one XML reader reads otherwise than another: comments, instructions, encodings, base64.

Sources: CVE-2017-11427, CVE-2025-25291, CVE-2025-25292, CVE-2025-29774, CVE-2025-29775; SAML Bindings 3.5.4; XML 1.0.
"""

import base64
import zlib
from dataclasses import replace
from typing import Any

from lxml import etree

from idgateway.simulator.catalogue.breakage import ACCEPT, Broken, Fields
from idgateway.simulator.catalogue.changes import Edit, at, double, with_values
from idgateway.simulator.names import NS
from idgateway.simulator.protection import Protection
from idgateway.simulator.tree import Element

_NAME = "saml:Subject/saml:NameID"
_VALUE = "saml:AttributeStatement/saml:Attribute/saml:AttributeValue"
_TEXT = "refuse, or read the whole text: never the part before the comment (CVE-2017-11427)"
_SIGNATURE = "the schema allows text only; digest and value are compared whole"
_ENCODING = "UTF-8, as BundID sends it (BundID 6)"
_BASE64 = "base64 of exactly one document (SAML Bindings 3.5.4)"


def _split_by(node: Any) -> Edit:
    """Cut the text in two and put something between the halves."""

    def change(element: Element) -> None:
        text = element.text or ""
        between = node()
        element.text, between.tail = text[: len(text) // 2], text[len(text) // 2 :]
        element.append(between)

    return change


def _comment() -> Any:
    return etree.Comment(" nothing ")


def _instruction() -> Any:
    return etree.ProcessingInstruction("nothing")


def _element() -> Any:
    return etree.Element("{urn:example:other}b")


def _in_signature(path: str, edit: Edit) -> Any:
    """Change the assertion's signature before its value is made; only the assertion is signed."""

    def change(given: Protection) -> Protection:
        return replace(given, sign_response=False, edit=at(path, edit))

    return change


def _inside(given: Protection) -> Protection:
    return replace(given, sign_response=False)


def _cdata(assertion: Element) -> None:
    for value in assertion.findall(_VALUE, NS):
        value.text = etree.CDATA(value.text)


def _recoded(label: str, codec: str) -> Any:
    def change(content: bytes) -> bytes:
        text = content.decode().replace("encoding='UTF-8'", f"encoding='{label}'")
        return text.encode(codec)

    return change


def _deflated(content: bytes) -> bytes:
    """DEFLATE without compression: the same bytes each time, whatever they hold."""
    packer = zlib.compressobj(level=0, wbits=-15)
    return packer.compress(content) + packer.flush()


def _loose_bits(encoded: str) -> str:
    """The same bytes with other unused bits in the last letter; only a padded text has such bits."""
    content = base64.b64decode(encoded).rstrip()
    while len(content) % 3 != 1:
        content += b"\n"
    text = base64.b64encode(content).decode()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-3] + alphabet[alphabet.index(text[-3]) + 1] + "=="


def _twice(fields: Fields) -> Fields:
    return [("SAMLResponse", "PHg+PC94Pg=="), *fields]


def _entry(name: str, german: str, english: str, rule: str, **bites: Any) -> Broken:
    return Broken(name=name, title=(german, english), rule=rule, **bites)


_LAST = "ds:SignedInfo/ds:Reference/ds:DigestValue"

ENTRIES = (
    _entry(
        "comment-in-name-id",
        "Kommentar mitten in der NameID",
        "comment in the middle of the NameID",
        _TEXT,
        draft=at(_NAME, _split_by(_comment)),
    ),
    _entry(
        "comment-in-value",
        "Kommentar mitten in einer Angabe",
        "comment in the middle of a value",
        _TEXT,
        draft=at(_VALUE, _split_by(_comment)),
        applies=with_values,
    ),
    _entry(
        "comment-in-audience",
        "Kommentar mitten in der Audience",
        "comment in the middle of the audience",
        _TEXT,
        draft=at("saml:Conditions/saml:AudienceRestriction/saml:Audience", _split_by(_comment)),
    ),
    _entry(
        "comment-in-issuer",
        "Kommentar mitten im Aussteller",
        "comment in the middle of the issuer",
        _TEXT,
        envelope=lambda piece: at("saml:Issuer", _split_by(_comment))(piece.response),
    ),
    _entry(
        "instruction-in-name-id",
        "Verarbeitungsanweisung mitten in der NameID",
        "processing instruction in the middle of the NameID",
        _TEXT,
        draft=at(_NAME, _split_by(_instruction)),
    ),
    _entry(
        "instruction-in-value",
        "Verarbeitungsanweisung mitten in einer Angabe",
        "processing instruction in the middle of a value",
        _TEXT,
        draft=at(_VALUE, _split_by(_instruction)),
        applies=with_values,
    ),
    _entry(
        "element-in-value",
        "Element mitten in einer Angabe",
        "element in the middle of a value",
        "BundID's values are plain text (BundID 6)",
        draft=at(_VALUE, _split_by(_element)),
        applies=with_values,
    ),
    _entry(
        "comment-in-digest",
        "Kommentar in der Prüfsumme",
        "comment inside the digest",
        _SIGNATURE,
        protection=_in_signature(_LAST, _split_by(_comment)),
    ),
    _entry(
        "comment-in-signature-value",
        "Kommentar im Wert der Unterschrift",
        "comment inside the signature value",
        _SIGNATURE,
        protection=_inside,
        assertion=at("ds:Signature/ds:SignatureValue", _split_by(_comment)),
    ),
    _entry("two-digests", "zwei Prüfsummen", "two digests", _SIGNATURE, protection=_in_signature(_LAST, double)),
    _entry(
        "two-signed-infos",
        "zwei SignedInfo",
        "two SignedInfo",
        "one SignedInfo (CVE-2025-29774)",
        protection=_inside,
        assertion=at("ds:Signature/ds:SignedInfo", double),
    ),
    _entry(
        "two-signature-values",
        "zwei Werte der Unterschrift",
        "two signature values",
        "one SignatureValue",
        protection=_inside,
        assertion=at("ds:Signature/ds:SignatureValue", double),
    ),
    _entry(
        "comment-before-root",
        "Kommentar vor der Antwort",
        "comment before the response",
        "nothing stands beside the response",
        wire=lambda content: content.replace(b"<samlp:Response", b"<!-- nothing --><samlp:Response", 1),
    ),
    _entry(
        "text-behind-root",
        "Text hinter der Antwort",
        "text behind the response",
        "one document and nothing behind it",
        wire=lambda content: content + b"trailing",
    ),
    _entry(
        "second-document",
        "zweites Dokument hinter der Antwort",
        "second document behind the response",
        "one document and nothing behind it",
        wire=lambda content: content + b"<x/>",
    ),
    _entry("utf-16", "in UTF-16", "in UTF-16", _ENCODING, wire=_recoded("UTF-16", "utf-16")),
    _entry("utf-7-label", "als UTF-7 bezeichnet", "labelled as UTF-7", _ENCODING, wire=_recoded("UTF-7", "utf-8")),
    _entry("latin-1", "in ISO-8859-1", "in ISO-8859-1", _ENCODING, wire=_recoded("ISO-8859-1", "latin-1")),
    _entry("no-xml", "gar kein XML", "no XML at all", "a SAML response", wire=lambda _content: b"hello"),
    _entry(
        "byte-order-mark-twice",
        "mit zwei Byte Order Marks",
        "with two byte order marks",
        "a document begins with at most one (XML 1.0 4.3.3)",
        wire=lambda content: b"\xef\xbb\xbf" * 2 + content,
    ),
    _entry(
        "nul-character",
        "mit dem Zeichen Null",
        "with the character nought",
        "no character of XML (XML 1.0 2.2)",
        wire=lambda content: content.replace(b"</samlp:Status>", b"&#0;</samlp:Status>", 1),
    ),
    _entry(
        "cut-off",
        "mittendrin abgeschnitten",
        "cut off in the middle",
        "a whole document",
        wire=lambda content: content[: len(content) // 2],
    ),
    _entry(
        "deflated",
        "komprimiert wie für HTTP-Redirect",
        "deflated as for HTTP-Redirect",
        "HTTP-POST does not deflate (SAML Bindings 3.5.4)",
        wire=_deflated,
    ),
    _entry(
        "base64-junk-before",
        "Fremdes vor dem base64",
        "junk before the base64",
        _BASE64,
        encoded=lambda text: "!!!" + text,
    ),
    _entry(
        "base64-junk-inside",
        "Fremdes im base64",
        "junk inside the base64",
        _BASE64,
        encoded=lambda text: text[:100] + "*%" + text[100:],
    ),
    _entry(
        "base64-url-alphabet",
        "base64 im URL-Alphabet",
        "base64 in the URL alphabet",
        _BASE64,
        encoded=lambda text: text.replace("+", "-").replace("/", "_").rstrip("=") + "-_",
    ),
    _entry(
        "base64-loose-bits",
        "base64 mit losen Bits am Ende",
        "base64 with loose bits at its end",
        _BASE64,
        encoded=_loose_bits,
    ),
    _entry("base64-empty", "leere Antwort", "empty answer", _BASE64, encoded=lambda _text: ""),
    _entry(
        "response-field-twice",
        "zwei Antworten im Formular, die erste ist Unsinn",
        "two answers in the form, the first is nonsense",
        "a parameter is there once",
        form=_twice,
    ),
    _entry(
        "cdata-in-values",
        "Angaben als CDATA",
        "values as CDATA",
        "CDATA is text like any other, the whole of it",
        draft=_cdata,
        applies=with_values,
        expectation=ACCEPT,
    ),
    _entry(
        "base64-with-line-breaks",
        "base64 mit Zeilenumbrüchen",
        "base64 with line breaks",
        "line breaks are allowed (SAML Bindings 3.5.4)",
        encoded=lambda text: "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76)),
        expectation=ACCEPT,
    ),
)
