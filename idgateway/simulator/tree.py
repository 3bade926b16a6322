"""Small help around lxml: one parser that opens nothing, and elements built without ceremony."""

from typing import Any, TypeAlias

from lxml import etree

from idgateway.simulator.names import NS

Element: TypeAlias = Any  # lxml carries no types here

MAX_BYTES = 256 * 1024  # no request or metadata file of an honest peer comes near


def parse(content: bytes) -> Element:
    """Parse without DTD, entities or network. Raises ValueError for anything that is not plain, well-formed XML."""
    if len(content) > MAX_BYTES:
        raise ValueError("too large")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"no well-formed XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type declaration is not accepted")
    return root


def child(parent: Element, namespace: str, tag: str, **attributes: str) -> Element:
    """Append an element and return it."""
    return etree.SubElement(parent, etree.QName(namespace, tag), attrib=attributes)


def texts(parent: Element, path: str) -> list[str]:
    """The trimmed texts of all elements on a path; SPs send CDATA and pretty-printed padding alike."""
    return [(found.text or "").strip() for found in parent.findall(path, NS)]


def text(parent: Element, path: str) -> str:
    """The trimmed text of the first element on a path, or an empty string."""
    return next(iter(texts(parent, path)), "")
