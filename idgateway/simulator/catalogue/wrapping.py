"""Table of signature wrapping: a genuine signature stands beside, inside or around what somebody forged.

Whoever saw one genuine answer can build these: the service's encryption key is public, so a forgery is encrypted, too.
Sources: Somorovsky et al., On Breaking SAML (2012), XSW 1 to 8; the rest from later reports on SAML libraries.
"""

import copy
from dataclasses import replace
from typing import Any

from lxml import etree

from idgateway.simulator.catalogue.breakage import Broken, Workpiece
from idgateway.simulator.catalogue.changes import (
    SIGNATURE,
    drop,
    forged,
    unsigned,
    written,
)
from idgateway.simulator.names import DS, NS, SAML, SAMLP
from idgateway.simulator.protection import Protection
from idgateway.simulator.tree import Element, child

_RULE = "read only what a verified signature covers, and that it covers the root (SAML Core 5.4.2)"
_ONE = "exactly one assertion, in its one place"
_ID = "_" + "e" * 32


def inner(given: Protection) -> Protection:
    """Only the assertion is signed: the envelope is the attacker's."""
    return replace(given, sign_response=False)


def _outer(given: Protection) -> Protection:
    """Only the response is signed."""
    return replace(given, sign_assertion=False)


def _reseal(piece: Workpiece) -> None:
    """Replace the encrypted assertion with an encrypted forgery."""
    old = piece.response.find("saml:EncryptedAssertion", NS)
    old.addprevious(piece.seal(written(forged(piece.assertion))))
    drop(old)


def _inside_signature(piece: Workpiece) -> None:
    original = unsigned(piece.response)
    child(piece.response.find(SIGNATURE), DS, "Object").append(original)
    piece.response.set("ID", _ID)
    _reseal(piece)


def _beside_signature(piece: Workpiece) -> None:
    original, signature = unsigned(piece.response), piece.response.find(SIGNATURE)
    piece.response.append(original)
    piece.response.append(signature)
    piece.response.set("ID", _ID)
    _reseal(piece)


def _parsed(assertion: bytes) -> tuple[Element, Element]:
    genuine = etree.fromstring(assertion)
    return genuine, forged(genuine)


def _evil_first(assertion: bytes) -> tuple[bytes, ...]:
    genuine, evil = _parsed(assertion)
    return written(evil), written(genuine)


def _evil_last(assertion: bytes) -> tuple[bytes, ...]:
    genuine, evil = _parsed(assertion)
    return written(genuine), written(evil)


def _evil_around(assertion: bytes) -> tuple[bytes, ...]:
    genuine, evil = _parsed(assertion)
    evil.append(genuine)
    return (written(evil),)


def _signature_moved(assertion: bytes) -> tuple[bytes, ...]:
    genuine, evil = _parsed(assertion)
    evil.insert(1, copy.deepcopy(genuine.find(SIGNATURE)))
    return written(evil), written(unsigned(genuine))


def _inside_moved(assertion: bytes) -> tuple[bytes, ...]:
    genuine, evil = _parsed(assertion)
    signature = copy.deepcopy(genuine.find(SIGNATURE))
    signature.append(unsigned(genuine))
    evil.insert(1, signature)
    return (written(evil),)


def _inside_object(assertion: bytes) -> tuple[bytes, ...]:
    genuine, evil = _parsed(assertion)
    signature = copy.deepcopy(genuine.find(SIGNATURE))
    child(signature, DS, "Object").append(unsigned(genuine))
    evil.insert(1, signature)
    return (written(evil),)


def _same_identifier(assertion: bytes) -> tuple[bytes, ...]:
    genuine, evil = _parsed(assertion)
    evil.set("ID", genuine.get("ID"))
    return written(evil), written(genuine)


def _same_identifier_nested(assertion: bytes) -> tuple[bytes, ...]:
    genuine, evil = _parsed(assertion)
    evil.set("ID", genuine.get("ID"))
    evil.insert(1, copy.deepcopy(genuine.find(SIGNATURE)))
    child(evil, SAML, "Advice").append(genuine)
    return (written(evil),)


def _in_extensions(piece: Workpiece) -> None:
    extensions = etree.Element(etree.QName(SAMLP, "Extensions"))
    extensions.append(forged(piece.assertion))
    piece.response.find("samlp:Status", NS).addprevious(extensions)


def _in_status_detail(piece: Workpiece) -> None:
    child(piece.response.find("samlp:Status", NS), SAMLP, "StatusDetail").append(copy.deepcopy(piece.assertion))
    _reseal(piece)


def _plain_beside(piece: Workpiece) -> None:
    piece.response.append(forged(piece.assertion))


def entry(number: str, german: str, english: str, rule: str = _RULE, **bites: Any) -> Broken:
    """One of the numbered wrappings."""
    return Broken(name=f"xsw-{number}", title=(german, english), rule=rule, **bites)


ENTRIES = (
    entry(
        "1",
        "echte Antwort in der Unterschrift einer gefälschten",
        "genuine response inside the signature of a forged one",
        protection=_outer,
        response=_inside_signature,
    ),
    entry(
        "2",
        "echte Antwort und ihre Unterschrift in einer gefälschten",
        "genuine response and its signature inside a forged one",
        protection=_outer,
        response=_beside_signature,
    ),
    entry(
        "3",
        "gefälschte Aussage vor der echten",
        "forged assertion before the genuine one",
        _ONE,
        protection=inner,
        parts=_evil_first,
    ),
    entry(
        "3-last",
        "gefälschte Aussage hinter der echten",
        "forged assertion behind the genuine one",
        _ONE,
        protection=inner,
        parts=_evil_last,
    ),
    entry(
        "4",
        "gefälschte Aussage um die echte herum",
        "forged assertion around the genuine one",
        protection=inner,
        parts=_evil_around,
    ),
    entry(
        "5",
        "Unterschrift in der gefälschten Aussage, die echte dahinter",
        "signature in the forged assertion, the genuine one behind it",
        protection=inner,
        parts=_signature_moved,
    ),
    entry(
        "6",
        "echte Aussage in der Unterschrift der gefälschten",
        "genuine assertion inside the signature of the forged one",
        protection=inner,
        parts=_inside_moved,
    ),
    entry(
        "7",
        "gefälschte Aussage in den Erweiterungen",
        "forged assertion inside the extensions",
        _ONE,
        protection=inner,
        envelope=_in_extensions,
    ),
    entry(
        "8",
        "echte Aussage in ds:Object der gefälschten",
        "genuine assertion inside ds:Object of the forged one",
        protection=inner,
        parts=_inside_object,
    ),
    entry(
        "9",
        "echte Aussage im StatusDetail, die gefälschte an ihrem Platz",
        "genuine assertion in StatusDetail, the forged one in its place",
        _ONE,
        protection=inner,
        envelope=_in_status_detail,
    ),
    entry(
        "10",
        "gefälschte Aussage unverschlüsselt neben der echten",
        "forged assertion in the clear beside the genuine one",
        _ONE,
        protection=inner,
        envelope=_plain_beside,
    ),
    entry(
        "11",
        "gefälschte und echte Aussage mit derselben ID",
        "forged and genuine assertion with the same ID",
        "an ID is there once (SAML Core 1.3.4)",
        protection=inner,
        parts=_same_identifier,
    ),
    entry(
        "11-nested",
        "echte Aussage mit derselben ID in saml:Advice",
        "genuine assertion with the same ID inside saml:Advice",
        "an ID is there once (SAML Core 1.3.4)",
        protection=inner,
        parts=_same_identifier_nested,
    ),
    entry(
        "17",
        "Hülle unterschrieben, Aussage danach ausgetauscht",
        "envelope signed, assertion exchanged afterwards",
        protection=_outer,
        response=_reseal,
    ),
)
