"""Small changes to a tree that several families need; each returns a function that makes the change."""

import copy
import secrets
from collections.abc import Callable

from lxml import etree

from idgateway.simulator.catalogue.breakage import Workpiece
from idgateway.simulator.names import DS, NS, SAML, Step
from idgateway.simulator.statement import Statement
from idgateway.simulator.tree import Element

Edit = Callable[[Element], None]
SIGNATURE = f"{{{DS}}}Signature"


def at(path: str, edit: Edit) -> Edit:
    """Do ``edit`` to the first element on a path below the given one (``.`` is itself)."""

    def change(root: Element) -> None:
        edit(root if path == "." else root.find(path, NS))

    return change


def with_values(statement: Statement, _level: Step) -> bool:
    """Applies to answers that carry attributes at all."""
    return bool(statement.values)


def setting(name: str, value: str) -> Edit:
    """Give an attribute a value."""
    return lambda element: element.set(name, value)


def unset(name: str) -> Edit:
    """Take an attribute away; it may be absent."""

    def change(element: Element) -> None:
        element.attrib.pop(name, None)

    return change


def telling(text: str) -> Edit:
    """Give an element another text."""

    def change(element: Element) -> None:
        element.text = text

    return change


def drop(element: Element) -> None:
    """Take an element out."""
    element.getparent().remove(element)


def empty(element: Element) -> None:
    """Leave an element without children and text, its attributes untouched."""
    for each in list(element):
        element.remove(each)
    element.text = None


def double(element: Element) -> None:
    """Repeat an element right behind itself."""
    element.addnext(copy.deepcopy(element))


def on_response(edit: Edit) -> Callable[[Workpiece], None]:
    """The same change, to the response of a workpiece."""
    return lambda piece: edit(piece.response)


def forged(assertion: Element) -> Element:
    """A copy of the assertion about somebody else: another ID, other values, no signature."""
    copied = copy.deepcopy(assertion)
    for signature in copied.findall(SIGNATURE):
        copied.remove(signature)
    copied.set("ID", "_" + secrets.token_hex(16))
    for name in copied.iter(f"{{{SAML}}}NameID"):
        name.text = "_" + secrets.token_hex(16)
    for value in copied.iter(f"{{{SAML}}}AttributeValue"):
        if value.getparent().get("FriendlyName") in ("surname", "givenName", "bPK2", "pseudonym"):
            value.text = "MALLORY"
    return copied


def unsigned(element: Element) -> Element:
    """A copy without its signature."""
    copied = copy.deepcopy(element)
    for signature in copied.findall(SIGNATURE):
        copied.remove(signature)
    return copied


def written(element: Element) -> bytes:
    """The element as bytes."""
    return bytes(etree.tostring(element, with_tail=False))
