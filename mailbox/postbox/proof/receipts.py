"""Receipts: one event with its chain hash, signed by the postbox (JWS, ``typ: postbox-receipt+jwt``). No content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from keys.errors import TokenInvalid
from keys.keyring import Key
from keys.tokens import sign_token, verify_token
from postbox.errors import EvidenceInvalid
from postbox.proof.canonical import bytes_of, text_of
from postbox.proof.events import Event, EventType

TYPE: Final = "postbox-receipt+jwt"
HASH_BYTES: Final = 32

# What the parties get a receipt for.
RECEIPTED: Final = frozenset(
    {
        EventType.SUBMISSION_ACCEPTED,
        EventType.CONTENT_CONSIGNMENT,
        EventType.CONTENT_HANDOVER,
        EventType.ACKNOWLEDGED,
        EventType.REFUSED,
        EventType.LAPSED,
    }
)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A verified receipt: who signed what happened, and when it was signed."""

    issuer: str
    issued_at: datetime
    event: Event
    event_hash: bytes


def issue_receipt(key: Key, *, issuer: str, event: Event, event_hash: bytes, issued_at: datetime) -> str:
    """Sign a receipt with a ``RECEIPT_SIGNING`` key. ``issuer`` is the postbox's public URL. Raises KeyNotValid."""
    claims = {
        "iss": issuer,
        "sub": event.notice_id,
        "jti": f"{event.notice_id}/{event.seq}",
        "iat": int(issued_at.timestamp()),
        "event": event.to_json(),
        "event_hash": text_of(event_hash),
    }
    return sign_token(key, claims, typ=TYPE)


def verify_receipt(token: str, jwks: Mapping[str, Any], *, issuer: str, now: datetime) -> Receipt:
    """The receipt, if one of the issuer's keys signed it. Receipts do not expire. Raises EvidenceInvalid."""
    claims = verify_signed(token, jwks, typ=TYPE, issuer=issuer, now=now)
    event = claims.get("event")
    if set(claims) != _CLAIMS or not isinstance(event, dict):
        raise EvidenceInvalid("A receipt has exactly the members of its format.", code="receipt-invalid")
    read = Event.from_json(event)
    if claims["sub"] != read.notice_id or claims["jti"] != f"{read.notice_id}/{read.seq}":
        raise EvidenceInvalid("A receipt is about the event it holds.", code="receipt-invalid")
    return Receipt(
        issuer=issuer,
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        event=read,
        event_hash=bytes_of(claims["event_hash"], HASH_BYTES),
    )


def verify_signed(token: str, jwks: Mapping[str, Any], *, typ: str, issuer: str, now: datetime) -> Mapping[str, Any]:
    """The claims of a lasting token of ours with a whole ``iat``. Raises EvidenceInvalid."""
    try:
        claims = verify_token(token, jwks, typ=typ, issuer=issuer, audience=None, now=now, lasting=True)
    except TokenInvalid as error:
        raise EvidenceInvalid("The signature is not one of the trusted issuer.", code=error.code) from None
    if type(claims.get("iat")) is not int:
        raise EvidenceInvalid("A signed statement says when it was signed.", code="receipt-invalid")
    return claims


_CLAIMS: Final = {"iss", "sub", "jti", "iat", "event", "event_hash"}
