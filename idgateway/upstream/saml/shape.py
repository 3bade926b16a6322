"""What an answer may look like, decided before any XML security code sees it.

XSLT and thousands of transforms run inside signature verification *before* the signature is known to be good; entities
run inside the parser. So structure, transforms and algorithms are checked here against an allow-list, and everything
not on it is refused. Sources: attack catalogue C1 to C3, SAML Core 2.0, XML Signature 1.1.
"""

import base64
import binascii
import copy
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import onelogin.saml2
from lxml import etree

from idgateway.errors import AnswerRefused
from idgateway.upstream.saml import names
from idgateway.upstream.saml.grammar import INCLUSIVE, MGF, RULES, STATUS_DETAIL, TRUST_LEVEL, Rule, rules_with
from idgateway.upstream.saml.names import a, ds, p
from idgateway.upstream.saml.profile import Nested

MAX_BASE64: Final = 256 * 1024  # characters; a full BundID answer has about 16,000
MAX_ELEMENTS: Final = 600  # a full BundID answer has about 150
MAX_DEPTH: Final = 24
MAX_ATTRIBUTES: Final = 16  # on one element; no rule allows more than six
MAX_PREFIXES: Final = 8
MAX_NAMESPACES: Final = 64
MAX_TOLD: Final = 40  # characters of a foreign name that the log repeats
_DECLARED_ENCODING = re.compile(rb"""^<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)""")
_NAMESPACE = re.compile(rb"""xmlns(:[^\s=]+)?\s*=\s*["']([^"']*)""")
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_NCNAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_KEY_INFO, _VALUE = ds("KeyInfo"), a("AttributeValue")
_SIGNED: Final = (p("Response"), a("Assertion"), p("LogoutRequest"))
_PLAIN: Final[Mapping[str, Nested]] = {}
_SIGNATURE_KEY_INFO = frozenset({ds("KeyName"), ds("X509Data")})
_XML_BLANK = " \t\r\n"
_AKDB_FAMILY = "{" + names.AKDB_FAMILY


def check_form(field: str | None) -> bytes:
    """Check 1: size and strict base64. Returns the XML; raises AnswerRefused ``answer-form`` or ``answer-size``."""
    if not field:
        raise AnswerRefused("no SAMLResponse field", code="answer-form")
    if len(field) > MAX_BASE64:
        raise AnswerRefused(f"{len(field)} characters", code="answer-size")
    text = field.replace("\r", "").replace("\n", "")  # SAML Bindings 3.5.4 allows the line breaks of RFC 2045
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise AnswerRefused("not base64", code="answer-form") from None
    if base64.b64encode(data).decode() != text:
        raise AnswerRefused("base64 is not canonical", code="answer-form")
    return data


def check_response_shape(data: bytes, nested: Mapping[str, Nested] = _PLAIN) -> Any:
    """Check 2: the whole message has an allowed shape. Returns the root.

    ``nested`` are the values that this account's profile declares as XML, by attribute name. Raises AnswerRefused
    ``answer-xml``, ``answer-dtd``, ``answer-shape``, ``answer-algorithm``, ``answer-schema`` or ``answer-size``.
    """
    return _check_tree(parse(data), p("Response"), nested)


def check_assertion_shape(
    data: bytes, namespaces: Mapping[str | None, str], nested: Mapping[str, Nested] = _PLAIN
) -> Any:
    """Check 8: the same for the assertion by itself, read in the namespaces of the place it stood in.

    XML Encryption 4.4 (text inherits its context). Raises AnswerRefused as ``check_response_shape``.
    """
    try:
        root = parse(data)
    except AnswerRefused:
        root = parse(_in_context(data, namespaces))
        root = _only_child(root)
    return _check_tree(root, a("Assertion"), nested)


def check_logout_shape(data: bytes) -> Any:
    """The same for an account's logout request. Returns the root. Raises AnswerRefused as ``check_response_shape``."""
    return _check_tree(parse(data), p("LogoutRequest"), _PLAIN)


def parse(data: bytes) -> Any:
    """Parse. DTD, entities, network, other encodings are impossible. Raises AnswerRefused ``answer-dtd``, ``-xml``."""
    if b"<!" in data.replace(b"<![CDATA[", b"").replace(b"<!--", b""):
        raise AnswerRefused("document type or entity declaration", code="answer-dtd")
    declared = _DECLARED_ENCODING.match(data)
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        raise AnswerRefused("declares another encoding", code="answer-xml")
    declared_namespaces = set(_NAMESPACE.findall(data))
    if len(declared_namespaces) > MAX_NAMESPACES:
        raise AnswerRefused("too many namespaces", code="answer-size")
    # A relative namespace makes canonicalisation fail or yield nothing (CVE-2025-66568 and its family).
    if not all(_ABSOLUTE.match(uri) for _, uri in declared_namespaces if uri):
        raise AnswerRefused("relative namespace", code="answer-shape")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise AnswerRefused("not well-formed", code="answer-xml") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise AnswerRefused("document type declaration", code="answer-dtd")
    return root


def _in_context(data: bytes, namespaces: Mapping[str | None, str]) -> bytes:
    declarations = {f"xmlns:{prefix}" if prefix else "xmlns": uri for prefix, uri in namespaces.items()}
    opening = "".join(f' {name}="{_escaped(uri)}"' for name, uri in declarations.items())
    return b"<context" + opening.encode() + b">" + data + b"</context>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _only_child(root: Any) -> Any:
    if len(root) != 1 or root.text or root[0].tail:
        raise AnswerRefused("more than one element decrypted", code="answer-shape")
    return parse(etree.tostring(root[0]))


def _check_tree(root: Any, expected: str, nested: Mapping[str, Nested]) -> Any:
    if root.tag != expected:
        raise AnswerRefused("another root element", code="answer-shape")
    if root.getprevious() is not None or root.getnext() is not None:
        raise AnswerRefused("something stands beside the root", code="answer-shape")
    rules, identifiers = rules_with(nested.values()), set[str]()
    generation, depth, count = [root], 0, 0
    while generation:
        depth, count = depth + 1, count + len(generation)
        if count > MAX_ELEMENTS or depth > MAX_DEPTH:
            raise AnswerRefused("too many elements or too deep", code="answer-size")
        below: list[Any] = []
        for element in generation:
            children = _check_element(element, rules, identifiers)
            if children and element.tag == _VALUE:
                _check_value(element, children, nested)
            below += children
        generation = below
    for signature in root.iter(ds("Signature")):
        _check_signature(signature)
    _check_schema(root, nested=bool(nested))
    return root


def _check_element(element: Any, rules: Mapping[str, Rule], identifiers: set[str]) -> list[Any]:
    """Judge one element by its rule; returns its children, which are judged by theirs."""
    tag = element.tag
    rule = rules.get(tag) or (rules[STATUS_DETAIL] if _akdb(tag, STATUS_DETAIL) else None)
    if rule is None:
        raise AnswerRefused(f"element {_told(tag)}", code="answer-shape")
    if len(element.attrib) > MAX_ATTRIBUTES:  # lxml reads n of them in n² steps: 12,000 cost 0.3 s
        raise AnswerRefused("too many attributes", code="answer-size")
    if attributes := element.items():
        _check_attributes(tag, attributes, rule, identifiers)
    if not rule.text and _has_text(element.text):
        raise AnswerRefused(f"text in {_told(tag)}", code="answer-shape")
    children = list(element)
    for child in children:
        if child.tag not in rule.children and not (STATUS_DETAIL in rule.children and _akdb(child.tag, STATUS_DETAIL)):
            raise AnswerRefused(f"{_told(child.tag)} in {_told(tag)}", code="answer-shape")
        if _has_text(child.tail):
            raise AnswerRefused(f"text between the children of {_told(tag)}", code="answer-shape")
    if tag == _KEY_INFO:
        _check_key_info(element)
    return children


def _check_attributes(tag: str, attributes: list[tuple[str, str]], rule: Rule, identifiers: set[str]) -> None:
    for name, value in attributes:
        if name not in rule.attributes and not (TRUST_LEVEL in rule.attributes and _akdb(name, TRUST_LEVEL)):
            raise AnswerRefused(f"attribute {_told(name)} on {_told(tag)}", code="answer-shape")
        if name in ("ID", "Id"):
            if value in identifiers or not _NCNAME.fullmatch(value):
                raise AnswerRefused("an ID that is double or malformed", code="answer-shape")
            identifiers.add(value)


def _check_value(value: Any, children: list[Any], nested: Mapping[str, Nested]) -> None:
    """A nested value: of an attribute that is declared so, its elements only, each once, and no text beside them."""
    declared = nested.get(value.getparent().get("Name", ""))
    found = [child.tag for child in children]
    if declared is None or not set(found) <= set(declared.elements) or len(set(found)) != len(found):
        raise AnswerRefused("XML in a value that is not declared so", code="answer-shape")
    if _has_text(value.text):
        raise AnswerRefused("text beside the XML of a value", code="answer-shape")


def _told(name: Any) -> str:
    """A name for the operators' log: ours as it stands, of a stranger's one short word of plain letters."""
    if not isinstance(name, str):
        return "comment, instruction or entity"
    if name in RULES:
        return name
    word = name.rpartition("}")[2][:MAX_TOLD]
    return word if _NCNAME.fullmatch(word) else "a stranger"


def _has_text(text: str | None) -> bool:
    return text is not None and bool(text.strip(_XML_BLANK))


def _akdb(name: Any, known: str) -> bool:
    """Whether ``name`` is ``known`` in any namespace of the AKDB family (its date may move)."""
    return isinstance(name, str) and name.startswith(_AKDB_FAMILY) and name.endswith(known[known.index("}") :])


def _check_key_info(element: Any) -> None:
    if element.getparent().tag == ds("Signature") and any(child.tag not in _SIGNATURE_KEY_INFO for child in element):
        raise AnswerRefused("key reference in a signature", code="answer-shape")


def check_signature_alone(signature: Any) -> None:
    """The same discipline for a signature on another document: each element by its rule, then as on an answer.

    Raises AnswerRefused ``answer-shape``, ``answer-algorithm`` or ``answer-size``.
    """
    identifiers = set[str]()
    for element in signature.iter():
        _check_element(element, RULES, identifiers)
    _check_signature(signature, (signature.getparent().tag,))


def _check_signature(signature: Any, places: tuple[str, ...] = _SIGNED) -> None:
    """One reference, to the element the signature stands in; two transforms; algorithms of the allow-list."""
    parent = signature.getparent()
    if parent is None or parent.tag not in places or len(parent.findall(ds("Signature"))) != 1:
        raise AnswerRefused("a signature in a wrong place", code="answer-shape")
    references = signature.findall(f"{ds('SignedInfo')}/{ds('Reference')}")
    if len(references) != 1 or not parent.get("ID") or references[0].get("URI") != "#" + parent.get("ID"):
        raise AnswerRefused("a signature that covers something else", code="answer-shape")
    transforms = [transform.get("Algorithm") for transform in references[0].iter(ds("Transform"))]
    if transforms != [names.ENVELOPED, names.EXC_C14N]:
        raise AnswerRefused("transforms", code="answer-algorithm")
    _check_algorithms(signature, references[0])


def _check_algorithms(signature: Any, reference: Any) -> None:
    info = signature.find(ds("SignedInfo"))
    if _algorithm(info, ds("CanonicalizationMethod")) != names.EXC_C14N:
        raise AnswerRefused("canonicalisation", code="answer-algorithm")
    if _algorithm(info, ds("SignatureMethod")) not in names.SIGNATURES:
        raise AnswerRefused("signature algorithm", code="answer-algorithm")
    if _algorithm(reference, ds("DigestMethod")) not in names.DIGESTS:
        raise AnswerRefused("digest algorithm", code="answer-algorithm")
    if any(len(inclusive.get("PrefixList", "").split()) > MAX_PREFIXES for inclusive in signature.iter(INCLUSIVE)):
        raise AnswerRefused("too many inclusive prefixes", code="answer-algorithm")


def _algorithm(parent: Any, tag: str) -> str | None:
    found = parent.find(tag)
    return None if found is None else found.get("Algorithm")


_local = threading.local()  # lxml keeps the error log of a validation on the schema: one per thread


def _schema() -> Any:
    if not hasattr(_local, "schema"):
        folder = Path(onelogin.saml2.__file__).parent / "schemas"
        _local.schema = etree.XMLSchema(etree.parse(folder / "saml-schema-protocol-2.0.xsd"))
    return _local.schema


def _check_schema(root: Any, *, nested: bool) -> None:
    """Order, number and data types, by the SAML schema python3-saml ships."""
    if nested or root.find(f".//{MGF}") is not None:
        root = _within_schema(root)
    if not _schema().validate(root):
        raise AnswerRefused("against the SAML schema", code="answer-schema")


def _within_schema(root: Any) -> Any:
    """A copy without what the schema cannot know; the original is what is verified and read.

    It predates XML Encryption 1.1, and it knows no type a provider made for a nested value.
    """
    root = copy.deepcopy(root)
    for method in list(root.iter(MGF)):
        method.getparent().remove(method)
    for value in root.iter(_VALUE):
        if len(value):
            for element in value.iter():
                element.attrib.pop(f"{{{names.XSI}}}type", None)
    return root
