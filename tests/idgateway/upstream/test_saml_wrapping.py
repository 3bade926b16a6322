"""Signature wrapping: an attacker holds one honest answer and builds another around it. None becomes a login.

Numbered as in the literature (Somorovsky et al. 2012) and continued. Each forgery is made in every place it can be made:
around the signed Response, around the signed assertion inside the ciphertext, and with two assertions side by side.
"""

import copy
from typing import Any

import pytest
from lxml import etree

from idgateway.errors import AnswerRefused
from tests.idgateway.upstream import idp
from tests.idgateway.upstream.idp import DS, OID, A, P, Wish

SIGNED_INSIDE = Wish(sign_response=False)
SIGNED_OUTSIDE = Wish(sign_assertion=False)
SIGNATURE, OBJECT = f"{{{DS}}}Signature", f"{{{DS}}}Object"


def _again(element: Any) -> Any:
    return etree.fromstring(etree.tostring(element))


def _evil(assertion: Any, *, same_id: bool = False) -> Any:
    """The assertion with another person's identifier, without signature."""
    forged = _again(assertion)
    signature = forged.find(SIGNATURE)
    if signature is not None:
        forged.remove(signature)
    if not same_id:
        forged.set("ID", "_evil")
    name = OID["pairwise_id"]
    forged.find(f".//{{{A}}}Attribute[@Name='{name}']/{{{A}}}AttributeValue").text = "EVIL"
    return forged


class Loot:
    """What the attacker holds: an honest answer, and (to be generous) its decrypted assertion."""

    def __init__(self, login: Any, wish: Wish) -> None:
        """Get one honest answer, in the clear."""
        self.asked = login.asked
        plain = idp.response(login.asked, idp.replace(wish, encrypt=False, sign_response=False))
        self.assertion = _again(plain.find(f"{{{A}}}Assertion"))
        self.frame = plain
        self.frame.remove(plain.find(f"{{{A}}}Assertion"))
        self.wish = wish

    def outer(self, *assertions: Any, encrypt: bool = True) -> Any:
        """A Response, not signed by anybody, around assertions encrypted by the attacker."""
        root = _again(self.frame)
        for assertion in assertions:
            root.append(idp.encrypt(assertion, self.asked, self.wish) if encrypt else assertion)
        return root


def _inside(loot: Loot, where: str) -> Any:
    """XSW4, 6 and 8 of the assertion: the evil one wraps the honest one."""
    honest, evil = loot.assertion, _evil(loot.assertion)
    if where == "child":
        evil.append(honest)
        return evil
    signature = _again(honest.find(SIGNATURE))
    evil.insert(1, signature)
    unsigned = _again(honest)
    unsigned.remove(unsigned.find(SIGNATURE))
    if where == "object":
        etree.SubElement(signature, OBJECT).append(unsigned)
    else:
        signature.append(unsigned)
    return evil


@pytest.mark.parametrize("where", ["child", "signature", "object"])
def test_xsw4_6_8_evil_assertion_around_the_honest_one(login, where):
    """Inside the ciphertext: the honest assertion as child, inside the Signature, inside ds:Object of an evil one."""
    loot = Loot(login, SIGNED_INSIDE)
    assert login.judge(idp.encoded(loot.outer(loot.assertion))).subject != "EVIL"
    _refused(login, loot.outer(_inside(loot, where)), "answer-shape")


def _refused(login: Any, root: Any, code: str) -> None:
    with pytest.raises(AnswerRefused) as refused:
        login.judge(idp.encoded(root))
    assert refused.value.code == code


@pytest.mark.parametrize("evil_first", [True, False])
@pytest.mark.parametrize(("encrypt", "code"), [(True, "assertion-count"), (False, "assertion-not-encrypted")])
def test_xsw3_5_evil_assertion_beside_the_honest_one(login, evil_first, encrypt, code):
    """Two assertions side by side, in either order, encrypted or in the clear."""
    loot = Loot(login, SIGNED_INSIDE)
    pair = [_evil(loot.assertion), loot.assertion]
    _refused(login, loot.outer(*(pair if evil_first else pair[::-1]), encrypt=encrypt), code)
    assert login.judge(idp.encoded(loot.outer(loot.assertion))).subject


def test_xsw5_signed_assertion_changed_original_at_the_end(login):
    """The signature stays on an evil assertion of another id; the original, unsigned, stands at the end."""
    loot = Loot(login, SIGNED_INSIDE)
    evil = _evil(loot.assertion)
    evil.insert(1, _again(loot.assertion.find(SIGNATURE)))
    unsigned = _again(loot.assertion)
    unsigned.remove(unsigned.find(SIGNATURE))
    _refused(login, loot.outer(evil, unsigned), "assertion-count")
    _refused(login, loot.outer(evil), "answer-shape")
    assert login.judge(idp.encoded(loot.outer(loot.assertion))).subject


def test_xsw7_evil_assertion_in_extensions(login):
    """An evil assertion inside samlp:Extensions before the honest one."""
    loot = Loot(login, SIGNED_INSIDE)
    root = loot.outer(loot.assertion)
    assert login.judge(idp.encoded(root)).subject
    extensions = etree.Element(f"{{{P}}}Extensions")
    extensions.append(_evil(loot.assertion))
    root.insert(1, extensions)
    _refused(login, root, "answer-shape")


def test_xsw9_honest_assertion_in_status_detail(login):
    """The honest assertion moves into StatusDetail, an evil one stands in its place."""
    loot = Loot(login, SIGNED_INSIDE)
    root = loot.outer(_evil(loot.assertion))
    detail = etree.SubElement(root.find(f"{{{P}}}Status"), f"{{{P}}}StatusDetail")
    detail.append(loot.assertion)
    _refused(login, root, "answer-shape")


def test_xsw10_plain_evil_beside_encrypted_honest(login):
    """One assertion encrypted and honest, one in the clear and evil."""
    loot = Loot(login, SIGNED_INSIDE)
    root = loot.outer(loot.assertion)
    assert login.judge(idp.encoded(root)).subject
    root.insert(2, _evil(loot.assertion))
    _refused(login, root, "assertion-not-encrypted")


def test_xsw11_shared_id(login):
    """An evil assertion that shares the honest one's ID, and one that carries its signature under that ID."""
    loot = Loot(login, SIGNED_INSIDE)
    twin = _evil(loot.assertion, same_id=True)
    _refused(login, loot.outer(twin, loot.assertion, encrypt=False), "answer-shape")
    twin.insert(1, _again(loot.assertion.find(SIGNATURE)))
    _refused(login, loot.outer(twin), "assertion-signature")


def test_xsw13_a_second_signature(login):
    """A foreign signature in front of the honest one."""
    loot = Loot(login, SIGNED_INSIDE)
    two = _again(loot.assertion)
    two.insert(1, copy.deepcopy(two.find(SIGNATURE)))
    _refused(login, loot.outer(two), "answer-shape")
    assert login.judge(idp.encoded(loot.outer(loot.assertion))).subject


def test_xsw17_signature_of_the_assertion_moved_out(login):
    """The assertion's signature moved to the Response, the assertion changed."""
    loot = Loot(login, SIGNED_INSIDE)
    root = loot.outer(_evil(loot.assertion, same_id=True))
    root.insert(1, _again(loot.assertion.find(SIGNATURE)))
    _refused(login, root, "answer-shape")


def _wrapped_response(honest: Any, evil: Any, where: str) -> Any:
    """XSW1 and 2 of the Response, and its relatives: the signed Response hidden somewhere in the evil one."""
    signature = _again(honest.find(SIGNATURE))
    unsigned = _again(honest)
    unsigned.remove(unsigned.find(SIGNATURE))
    if where == "in-signature":
        evil.insert(1, signature)
        signature.append(unsigned)
    elif where == "in-object":
        evil.insert(1, signature)
        etree.SubElement(signature, OBJECT).append(unsigned)
    elif where == "detached":
        evil.insert(1, unsigned)
        evil.insert(2, signature)
    elif where == "whole":
        evil.append(_again(honest))
    elif where == "in-status-detail":
        etree.SubElement(evil.find(f"{{{P}}}Status"), f"{{{P}}}StatusDetail").append(_again(honest))
    elif where == "signature-only":
        evil.insert(1, signature)
    return evil


@pytest.mark.parametrize(
    "where", ["in-signature", "in-object", "detached", "whole", "in-status-detail", "signature-only"]
)
@pytest.mark.parametrize("same_id", [True, False])
def test_xsw1_2_evil_response_around_the_signed_one(login, where, same_id):
    """The signed Response is hidden in an evil one, or only its signature is used; with a new ID and with the same."""
    honest = idp.response(login.asked, SIGNED_OUTSIDE)
    assert login.judge(idp.encoded(honest)).subject != "EVIL"
    loot = Loot(login, SIGNED_OUTSIDE)
    evil = loot.outer(_evil(loot.assertion))
    evil.set("ID", honest.get("ID") if same_id else "_evil_response")
    code = "response-signature" if where == "signature-only" and same_id else "answer-shape"
    _refused(login, _wrapped_response(honest, evil, where), code)


def test_signed_response_with_another_ciphertext(login):
    """The ciphertext of a signed Response cannot be exchanged, although anybody can encrypt for us."""
    honest = idp.response(login.asked, SIGNED_OUTSIDE)
    loot = Loot(login, SIGNED_OUTSIDE)
    encrypted = honest.find(f"{{{A}}}EncryptedAssertion")
    assert login.judge(idp.encoded(honest)).subject
    honest.replace(encrypted, idp.encrypt(_evil(loot.assertion), login.asked, SIGNED_OUTSIDE))
    _refused(login, honest, "response-signature")


def test_unsigned_assertion_in_an_unsigned_response(login):
    """Encryption alone proves nothing."""
    loot = Loot(login, SIGNED_INSIDE)
    _refused(login, loot.outer(_evil(loot.assertion)), "unsigned")


@pytest.mark.parametrize("tail", [b"<x/>", b"text", b"</context><context>", b"<!-- -->"])
def test_ciphertext_with_more_than_an_assertion(login, tail):
    """What stands behind the assertion inside the ciphertext is refused, also where it would close our wrapper."""
    loot = Loot(login, SIGNED_INSIDE)
    text = etree.tostring(loot.assertion)
    assert login.judge(idp.encoded(loot.outer(text))).subject
    with pytest.raises(AnswerRefused) as refused:
        login.judge(idp.encoded(loot.outer(text + tail)))
    assert refused.value.code in ("answer-shape", "answer-xml")
