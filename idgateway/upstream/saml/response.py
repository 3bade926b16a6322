"""An account's answer, judged by numbered checks in a fixed order. It returns an ``Assertion`` or raises.

 1 size and form                          12 subject: bearer, Recipient, InResponseTo, end, no NotBefore
 2 shape, before any XML security call *  13 audience
 3 signature of the Response, untouched   14 windows
 4 envelope: issuer, Destination, request 15 the login is not older than the request
 5 status *                               16 attributes: each once, no test account *
 6 exactly one assertion, encrypted *     17 level: told, known, at least as asked *
 7 decryption *                           18 means: one that was offered *
 8 shape of what was decrypted *          19 trust level recorded per attribute *
 9 signature of the assertion             20 identifier present unless guests are welcome *
10 coverage: a pinned key signed what     21 (the caller) the assertion id is new, the attempt open:
   is read, and what must be signed *        one transaction, by ``assertion_id`` and ``expires_at``
11 issuer of the assertion

Checks 1 to 20 need no storage. The numbers stand in the code below and in the tests' names. The list is BundID's. At a
star the account's profile (``profiles``) has a part in the check; for BundID and BayernID it adds or takes nothing:

 2, 8 nested values of the profile's own elements only; BundID has none
 5    whether AuthnFailed is always the person's abort, as with Mein Unternehmenskonto
 6, 7 the assertion comes encrypted or plain, as the profile says, and never the other way; BundID's comes encrypted
10    Response, assertion, either or both must be signed; BundID signs either
16    by names of the profile; for BundID by OID. Test accounts are Mein Unternehmenskonto's
17    BundID tells it twice alike; others in attributes, in the class reference, or the operator vouches for it
18    where AKDB's extension offered means; others have one
19    AKDB marks each attribute; others prove what the profile names
20    bPK2 with BundID; others a persistent name or an attribute, and know no guests
Sources: SAML Core 2.0 and Profiles 2.0 section 4.1.4; BundID interface description 10.2, sections 4 to 10.
"""

from typing import Any, Final

from lxml import etree

from idgateway.errors import AnswerRefused
from idgateway.upstream import Assertion
from idgateway.upstream.saml import statement as read
from idgateway.upstream.saml.decryption import decrypt
from idgateway.upstream.saml.delivered import check_attributes, check_means, trusted_attributes
from idgateway.upstream.saml.expected import Expected
from idgateway.upstream.saml.metadata.theirs import IdentityProvider
from idgateway.upstream.saml.names import a
from idgateway.upstream.saml.profile import Profile
from idgateway.upstream.saml.shape import check_assertion_shape, check_form, check_response_shape
from idgateway.upstream.saml.signature import Verified, check_signature
from idgateway.upstream.saml.status import check_status
from keys.keyring import Keyring

_DEMANDED: Final = {
    "either": frozenset[str](),
    "response": frozenset({"response"}),
    "assertion": frozenset({"assertion"}),
    "both": frozenset({"response", "assertion"}),
}


def verify(field: str | None, expected: Expected, peer: IdentityProvider, keyring: Keyring) -> Assertion:
    """Judge the form field ``SAMLResponse``. Raises AnswerRefused, LevelNotReached or LoginCancelled."""
    profile = expected.profile
    data = check_form(field)  # 1
    response = check_response_shape(data, profile.nested)  # 2
    signed = check_signature(response, peer.pinned, of="response")  # 3
    message = response if signed is None else signed.root
    read.check_envelope(message, expected, peer.entity_id)  # 4
    check_status(message, signed=signed is not None, failed_means_cancelled=profile.failed_means_cancelled)  # 5
    found = check_single_assertion(message, profile)  # 6
    opened = _opened(found, profile, keyring, expected)  # 7
    assertion = check_assertion_shape(opened, found.nsmap, profile.nested)  # 8
    own = check_signature(assertion, peer.pinned, of="assertion")  # 9
    covered = check_coverage(signed, own, assertion, profile)  # 10
    return _judge(covered, expected, peer)


def check_single_assertion(message: Any, profile: Profile) -> Any:
    """Check 6: one assertion in the profile's form, and nothing beside it. Raises AnswerRefused ``assertion-*``."""
    encrypted, plain = message.findall(a("EncryptedAssertion")), message.findall(a("Assertion"))
    if profile.assertion == "encrypted" and plain:
        raise AnswerRefused("an assertion in the clear", code="assertion-not-encrypted")
    if profile.assertion == "plain" and encrypted:
        raise AnswerRefused("an encrypted assertion, and no key of ours was given out", code="assertion-encrypted")
    if len(encrypted) + len(plain) != 1:
        raise AnswerRefused(f"{len(encrypted) + len(plain)} assertions", code="assertion-count")
    return (encrypted + plain)[0]


def _opened(found: Any, profile: Profile, keyring: Keyring, expected: Expected) -> bytes:
    """Check 7: the assertion's XML by itself, decrypted where it came encrypted."""
    if profile.assertion == "encrypted":
        return decrypt(found, keyring, expected.now)
    # With the namespaces of its place; whether the same bytes were signed is asked of this copy alone (9, 10).
    written: bytes = etree.tostring(found, with_tail=False)
    return written


def check_coverage(signed: Verified | None, own: Verified | None, assertion: Any, profile: Profile) -> Verified:
    """Check 10: what is read from here on was signed, and what the profile demands. Raises AnswerRefused ``unsigned``.

    The assertion's own signature covers it; otherwise the Response's does, because the ciphertext was taken out of the
    verified Response (SAML Profiles 2.0, 4.1.4.3; precise order: the Response first, then what it holds).
    """
    demanded = _DEMANDED[profile.signed]
    if ("response" in demanded and signed is None) or ("assertion" in demanded and own is None):
        raise AnswerRefused(f"signed must be: {profile.signed}", code="unsigned")
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
    profile = expected.profile
    delivered = check_attributes(root, profile)  # 16
    level = read.check_level(root, delivered, profile.level, expected.asked_level)  # 17
    means = check_means(delivered, profile, expected.means)  # 18
    attributes = trusted_attributes(delivered, profile, expected.attributes, level)  # 19
    subject = read.check_identifier(root, delivered, expected, peer.entity_id)  # 20
    return Assertion(
        provider=expected.provider,
        subject=subject,
        level=level,
        means=means,
        authenticated_at=authenticated_at,
        assertion_id=root.get("ID"),
        expires_at=ends + expected.skew,
        attributes=attributes,
        shared=profile.shared,
    )
