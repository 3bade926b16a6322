"""BundID's answer, judged by numbered checks in a fixed order. It returns an ``Assertion`` or raises.

 1 size and form                          12 subject: bearer, Recipient, InResponseTo, end, no NotBefore
 2 shape, before any XML security call    13 audience
 3 signature of the Response, untouched   14 windows
 4 envelope: issuer, Destination, request 15 the login is not older than the request
 5 status                                 16 attributes: each once
 6 exactly one assertion, encrypted       17 level: known, told twice alike, at least as asked
 7 decryption                             18 means: one that was offered
 8 shape of what was decrypted            19 trust level recorded per attribute
 9 signature of the assertion             20 identifier present unless guests are welcome
10 coverage: a pinned key signed what     21 (the caller) the assertion id is new, the attempt open:
   is read                                   one transaction, by ``assertion_id`` and ``expires_at``
11 issuer of the assertion

Checks 1 to 20 need no storage. The numbers stand in the code below and in the tests' names.
Sources: SAML Core 2.0 and Profiles 2.0 section 4.1.4; BundID interface description 10.2, sections 4 to 10.
"""

from typing import Any

from idgateway.errors import AnswerRefused
from idgateway.upstream import Assertion
from idgateway.upstream.saml import statement as read
from idgateway.upstream.saml.decryption import decrypt
from idgateway.upstream.saml.expected import Expected
from idgateway.upstream.saml.metadata.theirs import IdentityProvider
from idgateway.upstream.saml.names import a
from idgateway.upstream.saml.shape import check_assertion_shape, check_form, check_response_shape
from idgateway.upstream.saml.signature import Verified, check_signature
from idgateway.upstream.saml.status import check_status
from keys.keyring import Keyring


def verify(field: str | None, expected: Expected, peer: IdentityProvider, keyring: Keyring) -> Assertion:
    """Judge the form field ``SAMLResponse``. Raises AnswerRefused, LevelNotReached or LoginCancelled."""
    data = check_form(field)  # 1
    response = check_response_shape(data)  # 2
    signed = check_signature(response, peer.pinned, of="response")  # 3
    message = response if signed is None else signed.root
    read.check_envelope(message, expected, peer.entity_id)  # 4
    check_status(message)  # 5
    encrypted = check_single_assertion(message)  # 6
    opened = decrypt(encrypted, keyring, expected.now)  # 7
    assertion = check_assertion_shape(opened, encrypted.nsmap)  # 8
    own = check_signature(assertion, peer.pinned, of="assertion")  # 9
    covered = check_coverage(signed, own, assertion)  # 10
    return _judge(covered, expected, peer)


def check_single_assertion(message: Any) -> Any:
    """Check 6: one assertion, encrypted, and nothing beside it. Raises AnswerRefused ``assertion-*``."""
    encrypted = message.findall(a("EncryptedAssertion"))
    if message.find(a("Assertion")) is not None:
        raise AnswerRefused("an assertion in the clear", code="assertion-not-encrypted")
    if len(encrypted) != 1:
        raise AnswerRefused(f"{len(encrypted)} assertions", code="assertion-count")
    return encrypted[0]


def check_coverage(signed: Verified | None, own: Verified | None, assertion: Any) -> Verified:
    """Check 10: what is read from here on was signed. Raises AnswerRefused ``unsigned``.

    The assertion's own signature covers it; otherwise the Response's does, because the ciphertext was taken out of the
    verified Response (SAML Profiles 2.0, 4.1.4.3; precise order: the Response first, then what it holds).
    """
    if own is not None:
        return own
    if signed is not None:
        return Verified(root=assertion)
    raise AnswerRefused("neither Response nor assertion is signed", code="unsigned")


def _judge(covered: Verified, expected: Expected, peer: IdentityProvider) -> Assertion:
    root = covered.root
    read.check_issuer(root, peer.entity_id)  # 11
    ends = read.check_subject(root, expected)  # 12
    read.check_audience(root, expected.entity_id)  # 13
    read.check_windows(root, expected)  # 14
    authenticated_at = read.check_authentication(root, expected)  # 15
    delivered = read.check_attributes(root)  # 16
    level = read.check_level(root, delivered, expected.asked_level)  # 17
    means = read.check_means(delivered, expected.means)  # 18
    attributes = read.trusted_attributes(delivered, expected.attributes)  # 19
    subject = read.check_identifier(attributes, guests_welcome=expected.guests_welcome)  # 20
    return Assertion(
        provider=expected.provider,
        subject=subject,
        level=level,
        means=means,
        authenticated_at=authenticated_at,
        assertion_id=root.get("ID"),
        expires_at=ends + expected.skew,
        attributes=attributes,
    )
