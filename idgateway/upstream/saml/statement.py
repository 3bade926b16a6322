"""Checks 4, 11 to 15, 17 and 20: what the message and the assertion say, compared exactly.

Every comparison is of whole strings; nothing is searched for, prefixed or defaulted. Times are aware UTC.
Sources: SAML Core 2.0, 2.4 to 2.7; SAML Profiles 2.0, 4.1.4.2 and 4.1.4.3; BundID interface description 5, 6, 10.2.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from idgateway.assurance import Level
from idgateway.errors import AnswerRefused, LevelNotReached
from idgateway.upstream.saml import names
from idgateway.upstream.saml.delivered import Delivered
from idgateway.upstream.saml.expected import Expected
from idgateway.upstream.saml.names import a
from idgateway.upstream.saml.profile import LevelSource, Profile

LONGEST_VALIDITY: Final = timedelta(
    hours=1
)  # BundID gives five minutes; the replay store must remember every assertion
_UTC: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_LONGEST_NAME: Final = 256  # SAML Core 8.3.7


def check_envelope(message: Any, expected: Expected, peer_entity_id: str) -> None:
    """Check 4: the message is this provider's, for us, and answers this login's request. Raises AnswerRefused."""
    check_issuer(message, peer_entity_id)
    check_equal(message.get("Destination"), expected.callback_url, "destination")
    check_equal(message.get("InResponseTo"), expected.request_id, "in-response-to")
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
    check_equal(issuer.text, peer_entity_id, "issuer")


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
    check_equal(data.get("Recipient"), expected.callback_url, "recipient")
    check_equal(data.get("InResponseTo"), expected.request_id, "in-response-to")
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


def check_level(root: Any, delivered: Mapping[str, Delivered], source: LevelSource, asked: Level) -> Level:
    """Check 17. Raises AnswerRefused ``level-missing``, ``level-mismatch``, ``level-unknown``; LevelNotReached.

    Where the profile reads several places, all must tell a level, and the lowest counts.
    """
    level = source.vouched if source.vouched is not None else _told_level(root, delivered, source)
    if level < asked:
        raise LevelNotReached(f"{level.name} instead of {asked.name}")
    return level


def _told_level(root: Any, delivered: Mapping[str, Delivered], source: LevelSource) -> Level:
    reference = root.findtext(f"{a('AuthnStatement')}/{a('AuthnContext')}/{a('AuthnContextClassRef')}")
    told = [reference] if source.reference else []
    told += [delivered[name].raw.strip() if name in delivered else None for name in source.attributes]
    if not told or not all(told):
        raise AnswerRefused("the level is not told wherever it has to be", code="level-missing")
    if source.alike and len(set(told)) > 1:
        raise AnswerRefused("another value", code="level-mismatch")
    if any(word not in source.words for word in told):
        raise AnswerRefused("a level nobody knows", code="level-unknown")
    return min(source.words[word] for word in told if word)


def check_identifier(
    root: Any, delivered: Mapping[str, Delivered], expected: Expected, peer_entity_id: str
) -> str | None:
    """Check 20: whom the account knows, or None for a guest. Raises AnswerRefused ``identifier-missing``, ``name-id``.

    Only where the profile has guests and the application welcomes them may there be nobody (BundID 5.3).
    """
    profile = expected.profile
    if profile.subject == "name_id":
        name = root.find(f"{a('Subject')}/{a('NameID')}")
        return name_identifier(name, profile, expected.entity_id, peer_entity_id)
    identifier = delivered.get(profile.subject)
    guest_login = profile.guests and expected.guests_welcome  # then nobody asked for an identifier
    if identifier is not None and not guest_login:
        return identifier.value
    if not guest_login:
        raise AnswerRefused(f"no {profile.subject}", code="identifier-missing")
    return None


def name_identifier(name: Any, profile: Profile, entity_id: str, peer_entity_id: str) -> str:
    """A name as an account's key: of the agreed format, and given by this provider to us.

    Raises AnswerRefused ``name-id``, ``identifier-missing``.
    """
    if name.get("Format") != names.NAMEID_FORMATS[profile.name_id]:
        raise AnswerRefused("a name identifier of another format", code="name-id")
    # SAML Core 8.3.7: a persistent name belongs to one pair of providers; left out, the qualifiers are these.
    parties = name.get("NameQualifier", peer_entity_id), name.get("SPNameQualifier", entity_id)
    if parties != (peer_entity_id, entity_id):
        raise AnswerRefused("a name identifier of other parties", code="name-id")
    text = (name.text or "").strip()
    if not 0 < len(text) <= _LONGEST_NAME:
        raise AnswerRefused("no name identifier, or too long", code="identifier-missing")
    return text


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


def check_equal(found: str | None, expected: str, code: str) -> None:
    """Whole strings, or AnswerRefused with ``code``."""
    if found is None or found != expected:
        raise AnswerRefused("missing" if found is None else "another value", code=code)
