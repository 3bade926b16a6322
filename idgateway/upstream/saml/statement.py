"""Checks 4 and 11 to 20: what the message and the assertion say, compared exactly.

Every comparison is of whole strings; nothing is searched for, prefixed or defaulted. Times are aware UTC.
Sources: SAML Core 2.0, 2.4 to 2.7; SAML Profiles 2.0, 4.1.4.2 and 4.1.4.3; BundID interface description 5, 6, 10.2.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from idgateway.assurance import Level, level_from_stork
from idgateway.attributes import name_of_oid, normalise
from idgateway.errors import AnswerRefused, LevelNotReached, UnknownLevel
from idgateway.upstream import Attribute
from idgateway.upstream.saml import names
from idgateway.upstream.saml.expected import Expected
from idgateway.upstream.saml.names import a

LONGEST_VALIDITY: Final = timedelta(
    hours=1
)  # BundID gives five minutes; the replay store must remember every assertion
_UTC: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_TRUST: Final = {
    "UNTERGEORDNET": Level.BASIC,
    "NORMAL": Level.LOW,
    "SUBSTANTIELL": Level.SUBSTANTIAL,
    "HOCH": Level.HIGH,
}
_SAME_MEANS: Final = {"Smart-eID": "eID"}  # BundID 9.1: cannot be asked for on its own, counts as eID


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One attribute as it came: its text, and the trust word beside it."""

    raw: str
    trust: str | None


def check_envelope(message: Any, expected: Expected, peer_entity_id: str) -> None:
    """Check 4: the message is this provider's, for us, and answers this login's request. Raises AnswerRefused."""
    check_issuer(message, peer_entity_id)
    _check_equal(message.get("Destination"), expected.callback_url, "destination")
    _check_equal(message.get("InResponseTo"), expected.request_id, "in-response-to")
    issued = moment(message.get("IssueInstant"), "window")
    if not expected.asked_at - expected.skew <= issued <= expected.now + expected.skew:
        raise AnswerRefused("the message was issued outside this login", code="window")


def check_issuer(element: Any, peer_entity_id: str) -> None:
    """Check 11 (and part of 4): SAML 2.0 of exactly this provider. Raises AnswerRefused ``version`` or ``issuer``."""
    _check_version(element)
    issuer = element.find(a("Issuer"))
    # SAML Profiles 4.1.4.2: present where anything is signed or encrypted; Format omitted or entity.
    if issuer is None or issuer.get("Format", names.NAMEID_ENTITY) != names.NAMEID_ENTITY:
        raise AnswerRefused("no issuer, or of another format", code="issuer")
    _check_equal(issuer.text, peer_entity_id, "issuer")


def check_subject(root: Any, expected: Expected) -> datetime:
    """Check 12: one bearer confirmation for us, in answer to our request. Returns its end; raises AnswerRefused.

    ``Address`` is not compared: behind address translation it is another one (BundID 10.2).
    """
    confirmations = root.findall(f"{a('Subject')}/{a('SubjectConfirmation')}")
    if len(confirmations) != 1 or confirmations[0].get("Method") != names.BEARER:
        raise AnswerRefused("not exactly one bearer confirmation", code="subject-confirmation")
    if not root.findtext(f"{a('Subject')}/{a('NameID')}"):
        raise AnswerRefused("no name identifier", code="subject-confirmation")
    data = confirmations[0].find(a("SubjectConfirmationData"))
    # SAML Profiles 4.1.4.2: NotBefore must not be there.
    if data is None or data.get("NotBefore") is not None:
        raise AnswerRefused("no confirmation data, or with a beginning", code="subject-confirmation")
    _check_equal(data.get("Recipient"), expected.callback_url, "recipient")
    _check_equal(data.get("InResponseTo"), expected.request_id, "in-response-to")
    return _check_end(data.get("NotOnOrAfter"), expected)


def check_audience(root: Any, entity_id: str) -> None:
    """Check 13: every audience restriction names us, and there is one. Raises AnswerRefused ``audience``."""
    restrictions = root.findall(f"{a('Conditions')}/{a('AudienceRestriction')}")
    # SAML Core 2.5.1.4: several restrictions must all be satisfied; within one, any audience suffices.
    satisfied = [entity_id in [each.text for each in one.findall(a("Audience"))] for one in restrictions]
    if not satisfied or not all(satisfied):
        raise AnswerRefused("not for us", code="audience")


def check_windows(root: Any, expected: Expected) -> None:
    """Check 14: issued in this login, valid now. Raises AnswerRefused ``window``, ``not-yet-valid``, ``expired``."""
    issued = moment(root.get("IssueInstant"), "window")
    if not expected.asked_at - expected.skew <= issued <= expected.now + expected.skew:
        raise AnswerRefused("the assertion was issued outside this login", code="window")
    conditions = root.find(a("Conditions"))
    if moment(conditions.get("NotBefore"), "window") > expected.now + expected.skew:
        raise AnswerRefused("not valid yet", code="not-yet-valid")
    _check_end(conditions.get("NotOnOrAfter"), expected)


def check_authentication(root: Any, expected: Expected) -> datetime:
    """Check 15: the person logged in for this request, not earlier (ForceAuthn). Returns when; raises AnswerRefused."""
    statements = root.findall(a("AuthnStatement"))
    if len(statements) != 1:
        raise AnswerRefused(f"{len(statements)} authentication statements", code="authentication")
    at = moment(statements[0].get("AuthnInstant"), "authentication")
    if not expected.asked_at - expected.skew <= at <= expected.now + expected.skew:
        raise AnswerRefused("the login is older than the request, or of the future", code="authentication")
    session_end = statements[0].get("SessionNotOnOrAfter")
    if session_end is not None and moment(session_end, "authentication") <= expected.now - expected.skew:
        raise AnswerRefused("the provider's session has ended", code="authentication")
    return at


def check_attributes(root: Any) -> dict[str, Delivered]:
    """Check 16: read the attributes we know by OID, each at most once. Raises AnswerRefused ``attributes``.

    FriendlyName is never read (BundID 6). Blanks inside an OID are a known slip of the provider and are dropped.
    An attribute without a value counts as absent (BundID 9.2: missing instead of empty).
    """
    found: dict[str, Delivered] = {}
    for attribute in root.findall(f"{a('AttributeStatement')}/{a('Attribute')}"):
        name = name_of_oid("".join(attribute.get("Name").split()))
        values = attribute.findall(a("AttributeValue"))
        if name is None or not values or not (values[0].text or "").strip():
            continue
        if name in found or len(values) != 1:
            raise AnswerRefused(f"{name} more than once", code="attributes")
        found[name] = Delivered(raw=values[0].text, trust=_trust_word(attribute))
    return found


def check_level(root: Any, delivered: Mapping[str, Delivered], asked: Level) -> Level:
    """Check 17. Raises AnswerRefused ``level-missing``, ``level-mismatch``, ``level-unknown``; LevelNotReached."""
    reference = root.findtext(f"{a('AuthnStatement')}/{a('AuthnContext')}/{a('AuthnContextClassRef')}")
    if not reference or "level" not in delivered:
        raise AnswerRefused("the level is not told in both places", code="level-missing")
    # BundID 6.2.3: EID-CITIZEN-QAA-LEVEL repeats the class reference. They must be equal.
    _check_equal(delivered["level"].raw.strip(), reference, "level-mismatch")
    try:
        level = level_from_stork(reference)
    except UnknownLevel:
        raise AnswerRefused("a level nobody knows", code="level-unknown") from None
    if level < asked:
        raise LevelNotReached(f"{level.name} instead of {asked.name}")
    return level


def check_means(delivered: Mapping[str, Delivered], offered: tuple[str, ...]) -> str:
    """Check 18: logged in by a means the request offered. Returns its name; raises AnswerRefused ``means``."""
    means = delivered["proved_by"].raw.strip() if "proved_by" in delivered else ""
    if _SAME_MEANS.get(means, means) not in offered:
        raise AnswerRefused("by a means that was not offered", code="means")
    return means


def trusted_attributes(delivered: Mapping[str, Delivered], asked: tuple[str, ...]) -> dict[str, Attribute]:
    """Check 19: keep what was asked for, with the trust its source puts in it.

    A missing or unknown trust word never becomes a level; it refuses nothing here, because only an application's own
    requirement may (BundID 6.2.9: even bPK2 is merely NORMAL).
    """
    return {
        name: Attribute(value=normalise(name, one.raw), raw=one.raw, level=_TRUST.get(one.trust or ""))
        for name, one in delivered.items()
        if name in asked
    }


def check_identifier(attributes: Mapping[str, Attribute], *, guests_welcome: bool) -> str | None:
    """Check 20: bPK2, or None where guests are welcome (BundID 5.3). Raises AnswerRefused ``identifier-missing``."""
    identifier = attributes.get("pairwise_id")
    if identifier is not None:
        return identifier.value
    if not guests_welcome:
        raise AnswerRefused("no bPK2", code="identifier-missing")
    return None


def moment(text: str | None, code: str) -> datetime:
    """A SAML time (Core 1.3.3: UTC, written with Z). Raises AnswerRefused with ``code``."""
    if text is None or not _UTC.fullmatch(text):
        raise AnswerRefused("a time is missing or not in UTC", code=code)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise AnswerRefused("no such time", code=code) from None


def _check_end(text: str | None, expected: Expected) -> datetime:
    end = moment(text, "window")
    if end <= expected.now - expected.skew:
        raise AnswerRefused("no longer valid", code="expired")
    if end > expected.now + LONGEST_VALIDITY:
        raise AnswerRefused("valid for longer than we remember", code="window")
    return end


def _check_version(element: Any) -> None:
    if element.get("Version") != "2.0":
        raise AnswerRefused("another version of SAML", code="version")


def _check_equal(found: str | None, expected: str, code: str) -> None:
    if found is None or found != expected:
        raise AnswerRefused("missing" if found is None else "another value", code=code)


def _trust_word(attribute: Any) -> str | None:
    words = [value for name, value in attribute.attrib.items() if name.startswith("{" + names.AKDB_FAMILY)]
    if len(words) > 1:
        raise AnswerRefused("two trust levels on one attribute", code="attributes")
    return words[0] if words else None
