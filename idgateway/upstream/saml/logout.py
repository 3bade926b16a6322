"""An account asks us to log somebody out; judged by numbered checks, and answered with a signed word.

1 size and form                   4 issuer, Destination
2 shape, before any XML security  5 fresh, and not over
3 signature by a pinned key       6 whom: a name of the agreed format, given by this account to us

(7, the caller: the request is new, and the sessions end, in one transaction.) All sessions of the named person end,
whichever of them the request lists. Sources: SAML Core 2.0, 3.7; SAML Profiles 2.0, 4.4; SAML Bindings 2.0, 3.5.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from lxml import etree

from idgateway.errors import AnswerRefused
from idgateway.upstream.saml import names
from idgateway.upstream.saml.metadata.theirs import IdentityProvider
from idgateway.upstream.saml.names import a, p
from idgateway.upstream.saml.profile import Profile
from idgateway.upstream.saml.shape import check_form, check_logout_shape
from idgateway.upstream.saml.signature import check_signature
from idgateway.upstream.saml.statement import check_equal, check_issuer, moment, name_identifier

LIFETIME: Final = timedelta(minutes=5)  # of a request; as long it is remembered


@dataclass(frozen=True, kw_only=True)
class LogoutAsked:
    """A verified request: whom the account knows under which name, and until when it must be remembered."""

    request_id: str
    subject: str
    expires_at: datetime


def verify(
    field: str | None,
    *,
    profile: Profile,
    entity_id: str,
    slo_url: str,
    peer: IdentityProvider,
    now: datetime,
    skew: timedelta,
) -> LogoutAsked:
    """Judge the form field ``SAMLRequest``. Raises AnswerRefused."""
    data = check_form(field)  # 1
    request = check_logout_shape(data)  # 2
    signed = check_signature(request, peer.pinned, of="logout")  # 3
    if signed is None:
        raise AnswerRefused("a logout request without signature", code="unsigned")
    root = signed.root
    check_issuer(root, peer.entity_id)  # 4
    check_equal(root.get("Destination"), slo_url, "destination")
    expires_at = _check_fresh(root, now, skew)  # 5
    subject = name_identifier(root.find(a("NameID")), profile, entity_id, peer.entity_id)  # 6
    return LogoutAsked(request_id=root.get("ID"), subject=subject, expires_at=expires_at)


def acknowledgement(asked: LogoutAsked, *, entity_id: str, url: str, partial: bool, now: datetime) -> tuple[Any, Any]:
    """Our LogoutResponse, to be signed behind its issuer: gives both.

    ``partial``: our sessions ended, but an application that took part cannot be told (SAML Core 3.2.2.2).
    """
    root = etree.Element(
        p("LogoutResponse"),
        {
            "ID": "_" + secrets.token_hex(20),
            "Version": "2.0",
            "IssueInstant": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Destination": url,
            "InResponseTo": asked.request_id,
        },
        nsmap={"samlp": names.PROTOCOL, "saml": names.ASSERTION},
    )
    issuer = etree.SubElement(root, a("Issuer"))
    issuer.text = entity_id
    status = etree.SubElement(etree.SubElement(root, p("Status")), p("StatusCode"), Value=names.SUCCESS)
    if partial:
        etree.SubElement(status, p("StatusCode"), Value=names.STATUS + "PartialLogout")
    return root, issuer


def _check_fresh(root: Any, now: datetime, skew: timedelta) -> datetime:
    issued = moment(root.get("IssueInstant"), "window")
    if not now - LIFETIME - skew <= issued <= now + skew:
        raise AnswerRefused("a logout request of another time", code="window")
    end = root.get("NotOnOrAfter")
    if end is not None and moment(end, "window") <= now - skew:
        raise AnswerRefused("a logout request that is over", code="expired")
    return issued + LIFETIME + skew
