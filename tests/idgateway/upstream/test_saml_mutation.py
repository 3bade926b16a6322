"""Mutated answers: whatever is changed, nothing but a gate error escapes, and nobody becomes somebody else."""

import base64
import copy
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from idgateway.errors import GateError
from idgateway.upstream import Assertion
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.idp import A, Wish

WISHES = [Wish(), Wish(sign_response=False), Wish(sign_assertion=False)]
CHANGES = ["remove", "double", "swap", "rename", "retext", "attribute", "drop-attribute", "unwrap", "comment"]
WORDS = [
    "",
    " ",
    "x",
    "2.0",
    "https://evil.example/",
    "_evil",
    "#",
    "STORK-QAA-Level-4",
    "9999-12-31T23:59:59Z",
    "\u0130" * 40,
]
MANY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _same_or_refused(login, field: str, honest: Assertion) -> None:
    """Refused with one of our errors, or accepted as exactly the honest person."""
    try:
        assertion = login.judge(field)
    except GateError as refused:
        assert refused.code  # noqa: PT017 - that it is one of ours is what is asserted
        return
    assert replace(assertion, assertion_id="") == replace(honest, assertion_id="")


def _mutate(root, what: str, where: int, word: str):
    elements = list(root.iter(etree.Element))
    element = elements[where % len(elements)]
    parent = element.getparent()
    names = list(element.attrib)
    if what == "attribute" and names:
        element.set(names[where % len(names)], word)
    elif what == "drop-attribute" and names:
        del element.attrib[names[where % len(names)]]
    elif what == "retext":
        element.text = word
    elif what == "comment":
        element.insert(0, etree.Comment("x"))
    elif what == "rename":
        element.tag = elements[(where * 7) % len(elements)].tag
    elif parent is not None:
        _restructure(what, element, parent)
    return root


def _restructure(what: str, element, parent) -> None:
    if what == "remove":
        parent.remove(element)
    elif what == "double":
        element.addnext(copy.deepcopy(element))
    elif what == "swap" and element.getnext() is not None:
        element.getnext().addnext(element)
    elif what == "unwrap":
        for child in list(element):
            element.addprevious(child)
        parent.remove(element)


STEPS = st.lists(
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 400), st.sampled_from(WORDS)), min_size=1, max_size=3
)


def _mutated(root, steps):
    root = etree.fromstring(etree.tostring(root))
    for what, where, word in steps:
        root = _mutate(root, what, where, word)
    return root


@pytest.fixture(scope="module", params=range(len(WISHES)), ids=["both", "assertion", "response"])
def case(request, login):
    """One way of signing, its honest answer in the clear and encrypted, and what it says."""
    wish = WISHES[request.param]
    root = idp.response(login.asked, wish)
    plain = idp.response(login.asked, replace(wish, encrypt=False, sign_response=False)).find(f"{{{A}}}Assertion")
    return wish, etree.tostring(root), etree.tostring(plain), login.judge(idp.encoded(root))


@MANY
@given(steps=STEPS)
def test_mutated_messages(login, case, steps):
    """Elements and attributes of the message removed, doubled, moved, renamed, rewritten."""
    _, text, _, honest = case
    _same_or_refused(login, idp.encoded(_mutated(etree.fromstring(text), steps)), honest)


@MANY
@given(steps=STEPS)
def test_mutated_assertions(login, case, steps):
    """The same inside the ciphertext, by a provider that signs nothing of it again."""
    wish, _, text, honest = case
    frame = idp.response(login.asked, replace(wish, with_assertion=False, sign_response=False))
    frame.append(idp.encrypt(etree.tostring(_mutated(etree.fromstring(text), steps)), login.asked, wish))
    _same_or_refused(login, idp.encoded(frame), honest)


@MANY
@given(steps=STEPS)
def test_a_lying_provider_never_crashes_us(login, steps):
    """Mutated before it is signed: everything verifies, and still only gate errors escape."""

    def edit(root):
        for what, where, word in steps:
            _mutate(root, what, where, word)

    try:
        field = idp.answer(login.asked, Wish(edit_assertion=edit))
    except Exception:  # the provider itself could not write such a document
        return
    try:
        assert login.judge(field).level >= login.ask.level
    except GateError as refused:
        assert refused.code  # noqa: PT017


@MANY
@given(data=st.data())
def test_mutated_bytes(login, case, data):
    """Slices of the bytes cut, doubled, or overwritten."""
    _, text, _, honest = case
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, min(len(text), start + 300)))
    middle = data.draw(
        st.sampled_from([b"", text[start:end] * 2, b"\x00", b"&#0;", b"<!DOCTYPE a>", b"]]>", b"\xff", b"<a>"])
    )
    _same_or_refused(login, base64.b64encode(text[:start] + middle + text[end:]).decode(), honest)


@MANY
@given(
    field=st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode()))
)
def test_garbage(login, field):
    """Any text, and base64 of any bytes, is refused and never crashes."""
    with pytest.raises(GateError):
        login.judge(field)
