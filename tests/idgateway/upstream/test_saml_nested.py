"""XML inside attribute values: an allow-list of the account's profile, and nothing else, decided before any signature."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from idgateway.errors import AnswerRefused
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.accounts import ACCOUNTS, Account, begin, value_of
from tests.idgateway.upstream.idp import A, Wish

MUK, GENERIC = ACCOUNTS["mein-unternehmenskonto"], ACCOUNTS["generic"]


@pytest.fixture
def start(metadata_file, keyring, ask):
    """Begin a login at an account."""
    return lambda account, **changes: begin(account, metadata_file, keyring, ask, **changes)


def _refused(login, wish: Wish, code: str) -> None:
    with pytest.raises(AnswerRefused) as refused:
        login.answered(wish)
    assert refused.value.code == code


def _child(value: Any, name: str, namespace: str = idp.EKONA) -> Any:
    return etree.SubElement(value, f"{{{namespace}}}{name}")


def _instead_of_text(value: Any) -> None:
    value.text = None
    del value.attrib["{http://www.w3.org/2001/XMLSchema-instance}type"]
    _child(value, "Vorname").text = "Otto"


def _edit(wire: str, change: Any) -> Any:
    return lambda root: change(value_of(root, wire))


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(_edit("HandelndePerson", lambda value: _child(value, "Ort")), id="element-of-another-value"),
        pytest.param(_edit("HandelndePerson", lambda value: _child(value, "Fremd")), id="unknown-element"),
        pytest.param(_edit("HandelndePerson", lambda value: _child(value, "Vorname")), id="element-twice"),
        pytest.param(
            _edit("HandelndePerson", lambda value: _child(value, "AkademischerGrad", "urn:other")), id="namespace"
        ),
        pytest.param(_edit("HandelndePerson", lambda value: _child(value[0], "Nachname")), id="two-levels-deep"),
        pytest.param(_edit("HandelndePerson", lambda value: value.__setattr__("text", "Otto")), id="text-beside"),
        pytest.param(_edit("HandelndePerson", lambda value: value[0].set("href", "x")), id="xml-attribute"),
        pytest.param(_edit("Firmenname", _instead_of_text), id="in-a-plain-attribute"),
        pytest.param(_edit("StNr", _instead_of_text), id="in-an-unknown-attribute"),
        pytest.param(
            _edit("HandelndePerson", lambda value: value.append(copy.deepcopy(value.getroottree().getroot()))),
            id="assertion-inside",
        ),
        pytest.param(
            lambda root: root.find(f"{{{A}}}AttributeStatement").append(etree.Element(f"{{{idp.EKONA}}}Vorname")),
            id="outside-a-value",
        ),
    ],
)
def test_xml_in_values_is_what_the_profile_declares(start, edit):
    """Nested XML: only the declared elements of that attribute, once, one level deep, nothing beside them."""
    login = start(MUK)
    assert login.answered(MUK.wish).subject
    _refused(login, replace(MUK.wish, edit_assertion=edit), "answer-shape")


def test_xml_in_values_is_only_for_the_profile_that_declares_it(start):
    """BundID and a generic account have no XML in values; an organisation's account has."""
    nested = {**idp.ERIKA, "Anschrift": ({"Ort": "Viernheim"}, None)}
    bundid = Account(settings={}, wish=idp.GOOD, attributes=())
    _refused(start(bundid), Wish(attributes=nested), "answer-shape")
    _refused(start(GENERIC), GENERIC.with_attributes(Anschrift=nested["Anschrift"]), "answer-shape")
    assert start(bundid).answered(idp.GOOD).subject


def test_xml_in_values_is_bounded(start):
    """A thousand elements in a declared value are too much, whatever they are."""

    def swell(root: Any) -> None:
        for _ in range(1000):
            _child(value_of(root, "HandelndePerson"), "Vorname")

    _refused(start(MUK), replace(MUK.wish, edit_assertion=swell), "answer-size")
