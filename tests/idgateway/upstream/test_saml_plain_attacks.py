"""An account that does not encrypt shows its signed assertions to whoever looks: wrapped or changed, none is a login."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from idgateway.errors import AnswerRefused
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.accounts import ACCOUNTS, begin
from tests.idgateway.upstream.idp import DS, A, P
from tests.idgateway.upstream.test_saml_mutation import MANY, STEPS, _mutated, _same_or_refused

SIGNATURE, ASSERTION = f"{{{DS}}}Signature", f"{{{A}}}Assertion"
ACCOUNT = ACCOUNTS["servicekonto-sh"]


@pytest.fixture(scope="module")
def servicekonto(metadata_file, keyring, ask):
    """A login at the Servicekonto in progress."""
    return begin(ACCOUNT, metadata_file, keyring, ask)


@pytest.fixture(scope="module")
def honest(servicekonto) -> bytes:
    """The honest answer, as anybody on the way could read it."""
    return etree.tostring(idp.response(servicekonto.asked, ACCOUNT.wish))


def _evil(assertion: Any, *, same_id: bool = False, signed: bool = False) -> Any:
    forged = etree.fromstring(etree.tostring(assertion))
    if not signed:
        forged.remove(forged.find(SIGNATURE))
    if not same_id:
        forged.set("ID", "_evil")
    forged.find(f"{{{A}}}Subject/{{{A}}}NameID").text = "EVIL"
    return forged


def _unsigned(assertion: Any) -> Any:
    bare = etree.fromstring(etree.tostring(assertion))
    bare.remove(bare.find(SIGNATURE))
    return bare


def _replaced(root: Any, *others: Any) -> None:
    root.remove(root.find(ASSERTION))
    for other in others:
        root.append(other)


def _wrapped(root: Any, place: str) -> None:
    """Put an evil assertion where a careless reader looks, and the honest one where a careless verifier does."""
    real = root.find(ASSERTION)
    evil, kept = _evil(real), etree.fromstring(etree.tostring(real))
    if place in ("before", "after", "twin-before", "twin-after"):
        other = _evil(real, same_id=place.startswith("twin"))
        pair = (other, kept) if place.endswith("before") else (kept, other)
        _replaced(root, *pair)
    elif place == "around":
        evil.append(kept)
        _replaced(root, evil)
    elif place == "signature-around":
        signature = etree.fromstring(etree.tostring(real.find(SIGNATURE)))
        signature.append(_unsigned(real))
        evil.insert(1, signature)
        _replaced(root, evil)
    elif place == "object":
        signature = etree.fromstring(etree.tostring(real.find(SIGNATURE)))
        etree.SubElement(signature, f"{{{DS}}}Object").append(_unsigned(real))
        evil.insert(1, signature)
        _replaced(root, evil)
    elif place == "extensions":
        extensions = etree.Element(f"{{{P}}}Extensions")
        extensions.append(kept)
        _replaced(root, evil)
        root.insert(1, extensions)
    elif place == "status-detail":
        etree.SubElement(root.find(f"{{{P}}}Status"), f"{{{P}}}StatusDetail").append(kept)
        _replaced(root, evil)
    elif place == "signature-on-the-response":
        root.insert(1, copy.deepcopy(real.find(SIGNATURE)))
        _replaced(root, evil)
    elif place == "in-a-value":
        evil.find(f".//{{{A}}}AttributeValue").append(kept)
        _replaced(root, evil)


@pytest.mark.parametrize(
    "place",
    [
        "before",
        "after",
        "twin-before",
        "twin-after",
        "around",
        "signature-around",
        "object",
        "extensions",
        "status-detail",
        "signature-on-the-response",
        "in-a-value",
    ],
)
def test_a_wrapped_assertion_is_refused(servicekonto, honest, place):
    """The honest assertion hidden beside, inside or around an evil one: by shape or by number, before anything is read."""
    assert servicekonto.judge(idp.encoded(honest)).subject == "sh-4d2f"
    root = etree.fromstring(honest)
    _wrapped(root, place)
    with pytest.raises(AnswerRefused) as refused:
        servicekonto.judge(idp.encoded(root))
    assert refused.value.code in ("answer-shape", "assertion-count")


@pytest.mark.parametrize(
    ("same_id", "signed", "code"),
    [(True, True, "assertion-signature"), (False, True, "answer-shape"), (True, False, "unsigned")],
)
def test_a_changed_assertion_is_refused(servicekonto, honest, same_id, signed, code):
    """Another name under the honest signature, under another id, or without signature."""
    root = etree.fromstring(honest)
    _replaced(root, _evil(root.find(ASSERTION), same_id=same_id, signed=signed))
    with pytest.raises(AnswerRefused) as refused:
        servicekonto.judge(idp.encoded(root))
    assert refused.value.code == code


def test_a_prefix_bound_anew_around_the_assertion_changes_nothing(servicekonto, honest):
    """Namespaces of the Response reach into the copy that is verified; what is read is still what was signed."""
    root = etree.fromstring(honest)
    around = etree.Element(root.tag, dict(root.attrib), nsmap={**root.nsmap, "xsd": "urn:evil", "evil": "urn:evil"})
    for part in root:
        around.append(part)
    assert servicekonto.judge(idp.encoded(around)).subject == "sh-4d2f"


@MANY
@given(steps=STEPS)
def test_mutated_plain_answers(servicekonto, honest, steps):
    """Elements and attributes removed, doubled, moved, renamed, rewritten: refused, or the honest person."""
    expected = servicekonto.judge(idp.encoded(honest))
    _same_or_refused(servicekonto, idp.encoded(_mutated(etree.fromstring(honest), steps)), expected)


@pytest.fixture(scope="module")
def organisation(metadata_file, keyring, ask):
    """A login at Mein Unternehmenskonto in progress, and its honest assertion in the clear."""
    account = ACCOUNTS["mein-unternehmenskonto"]
    login = begin(account, metadata_file, keyring, ask)
    field = idp.answer(login.asked, account.wish)
    return login, field, login.judge(field)


@MANY
@given(steps=STEPS, data=st.data())
def test_a_lying_account_of_organisations_never_crashes_us(organisation, steps, data):
    """Nested values mutated before the message is signed: everything verifies, and only gate errors escape."""
    login, _, _ = organisation
    wire = data.draw(st.sampled_from(["HandelndePerson", "Unternehmensanschrift", "Firmenname"]))

    def edit(root: Any) -> None:
        attribute = root.find(f"{{{A}}}AttributeStatement/{{{A}}}Attribute[@Name='{wire}']")
        attribute.getparent().replace(attribute, _mutated(attribute, steps))

    try:
        field = idp.answer(login.asked, idp.replace(ACCOUNTS["mein-unternehmenskonto"].wish, edit_assertion=edit))
    except Exception:  # the account itself could not write such a document
        return
    try:
        assert login.judge(field).subject == "du-7f3a9c0e55"
    except Exception as refused:
        assert type(refused).__module__ == "idgateway.errors", refused  # noqa: PT017 - that it is ours is asserted


@MANY
@given(steps=STEPS)
def test_mutated_messages_of_an_organisation(organisation, steps):
    """The signed message changed on its way: refused, or exactly the honest organisation."""
    login, field, expected = organisation
    text = etree.fromstring(idp.base64.b64decode(field))
    _same_or_refused(login, idp.encoded(_mutated(text, steps)), expected)
