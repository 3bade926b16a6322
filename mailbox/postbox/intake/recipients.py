"""A delivery address is exchanged for a recipient reference, by the application and authority it was made for."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from keys.derivation import derive
from keys.errors import TokenInvalid
from keys.keyring import Purpose
from keys.tokens import decrypt_token
from postbox import identifiers
from postbox.callers import WRITE_RECIPIENTS, Caller, check_scope
from postbox.context import Postbox
from postbox.delivery.paper import check_inland, window_lines
from postbox.errors import NotNow, Unacceptable, UnknownRecipient
from postbox.intake.submission import Problems
from postbox.sealed import seal_text
from postbox.store import mailboxes

ADDRESS_TYPE: Final = "postbox-address+jwt"
_EMAIL: Final = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}")
_LONGEST: Final = 200


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the authority wants to answer: its reference, the service, and how it calls the person."""

    reference: str
    service: str
    applicant: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A recipient reference that only this authority can use."""

    id: str
    case_reference: str | None
    created: bool  # False: this delivery address was exchanged before


@dataclass(frozen=True, kw_only=True)
class DeliveryAddress:
    """A delivery address that the gate signed for this postbox, this authority and this client."""

    subject: str = field(repr=False)  # the person, pairwise for the postbox
    email: str | None = field(repr=False)
    jti: str
    acr: str
    consent: str  # the gate's evidence id
    issued_at: datetime


def check_case(content: object) -> Case | None:
    """The member ``case`` of ``POST /v1/recipients``. Raises Unacceptable."""
    if content is None:
        return None
    problems = Problems()
    names = {"reference", "service", "applicant"}
    if not isinstance(content, dict) or set(content) - names:
        problems.add("case-malformed", "/case", "A case has reference, service and applicant, nothing else.")
        raise Unacceptable(problems.found)
    for name in sorted(names):
        value = content.get(name, "" if name == "applicant" else None)
        fine = isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()
        if not fine or (not value and name != "applicant"):
            problems.add("text-malformed", f"/case/{name}", f"{name} is a text of at most {_LONGEST} characters.")
    if problems.found:
        raise Unacceptable(problems.found)
    return Case(**content)


def register(postbox: Postbox, *, address: str, case: Case | None, caller: Caller, now: datetime) -> Recipient:
    """Exchange a delivery address; the same address gives the same recipient again.

    Raises NotAllowed, UnknownRecipient, NotNow (bound to another case), ChannelDown.
    """
    check_scope(caller, WRITE_RECIPIENTS)
    return exchange(postbox, address=address, case=case, caller=caller, now=now)


def exchange(postbox: Postbox, *, address: str, case: Case | None, caller: Caller, now: datetime) -> Recipient:
    """As ``register``, for a caller whose scope is already judged."""
    verified = check_address(postbox, address, caller, now)
    return _registered(
        postbox, mailbox_row(postbox, verified.subject, now), verified, case=case, caller=caller, now=now
    )


def register_letter_box(
    postbox: Postbox, *, address: object, inland: object, case: Case | None, caller: Caller, now: datetime
) -> Recipient:
    """A recipient who has no postbox, by the lines of a postal address: everything goes there as a letter.

    The same address and case give the same recipient again. Raises NotAllowed, Unacceptable.
    """
    check_scope(caller, WRITE_RECIPIENTS)
    lines = window_lines(address, "/postal_address")
    check_inland(inland)
    named = json.dumps([caller.authority, caller.client, lines, case.reference if case else None])
    key = postbox.keyring.usable(Purpose.DERIVATION, now)[-1]
    box = {**mailbox_row(postbox, "", now), "subject_hash": derive(key, "letter-box", named)}
    box["postal_address"] = seal_text(postbox, "\n".join(lines), box["id"], now)
    nobody = DeliveryAddress(subject="", email=None, jti=box["subject_hash"].hex(), acr="", consent="", issued_at=now)
    return _registered(postbox, box, nobody, case=case, caller=caller, now=now)


def _registered(
    postbox: Postbox,
    mailbox: Mapping[str, Any],
    verified: DeliveryAddress,
    *,
    case: Case | None,
    caller: Caller,
    now: datetime,
) -> Recipient:
    fresh = identifiers.new_id(identifiers.RECIPIENT)
    row = _recipient_row(postbox, verified, recipient=fresh, case=case, caller=caller, now=now)
    with postbox.database.write() as connection:
        mailbox_id = mailboxes.open_for(connection, mailbox)
        _note_address(postbox, connection, mailbox_id, verified, now)
        stored = mailboxes.add_recipient(connection, {**row, "mailbox": mailbox_id})
        if stored["mailbox"] != mailbox_id:
            raise UnknownRecipient("This delivery address was used for somebody else.")
        reference = _bind(connection, stored, row)
    return Recipient(id=stored["id"], case_reference=reference, created=stored["id"] == fresh)


def mailbox_row(postbox: Postbox, subject: str, now: datetime) -> dict[str, Any]:
    """A new mailbox for this person, or what finds the one there is. The subject itself is not stored."""
    # The oldest key on purpose: a rotation must not lead a person to a second, empty mailbox.
    key = postbox.keyring.usable(Purpose.DERIVATION, now)[-1]
    return {
        "id": identifiers.new_id(identifiers.MAILBOX),
        "subject_hash": derive(key, "mailbox", subject),
        "language": "de",
        "created_at": now,
    }


def open_mailbox(postbox: Postbox, subject: str, now: datetime) -> str:
    """The mailbox of a person who logged in: the id of the one there is, or of a new one."""
    row = mailbox_row(postbox, subject, now)
    with postbox.database.write() as connection:
        return mailboxes.open_for(connection, row)


def check_address(postbox: Postbox, address: str, caller: Caller, now: datetime) -> DeliveryAddress:
    """Open, verify and judge a delivery address. Raises UnknownRecipient, ChannelDown.

    All refusals look alike from outside: who may not use an address learns nothing about it.
    """
    try:
        token = decrypt_token(postbox.keyring, address, now)
        # Encryption does not authenticate: anyone can encrypt to a public key. The gate's signature does.
        claims = postbox.gate_keys.verify(token, typ=ADDRESS_TYPE, audience=postbox.settings.public_url, now=now)
    except TokenInvalid as error:
        raise UnknownRecipient("This delivery address cannot be used.", pointer="/postbox_address") from error
    if (claims.get("authority"), claims.get("client_id")) != (caller.authority, caller.client):
        raise UnknownRecipient("This delivery address cannot be used.", pointer="/postbox_address")
    return _read_address(claims)


def _read_address(claims: Mapping[str, Any]) -> DeliveryAddress:
    texts = {name: claims.get(name) for name in ("sub", "jti", "acr", "consent")}
    email = claims.get("email")
    whole = all(isinstance(text, str) and 0 < len(text) <= _LONGEST for text in texts.values())
    if not whole or "iat" not in claims:
        raise UnknownRecipient("This delivery address is incomplete.", pointer="/postbox_address")
    return DeliveryAddress(
        subject=str(texts["sub"]),
        # An address that would not survive a mail header is no address.
        email=email if isinstance(email, str) and _EMAIL.fullmatch(email) else None,
        jti=str(texts["jti"]),
        acr=str(texts["acr"]),
        consent=str(texts["consent"]),
        issued_at=datetime.fromtimestamp(float(claims["iat"]), UTC),
    )


def _recipient_row(
    postbox: Postbox, address: DeliveryAddress, *, recipient: str, case: Case | None, caller: Caller, now: datetime
) -> dict[str, Any]:
    return {
        "id": recipient,
        "authority": caller.authority,
        "client": caller.client,
        "address_jti": address.jti,
        "acr": address.acr,
        "consent": address.consent,
        "created_at": now,
        "case_reference": case.reference if case else None,
        "service": case.service if case else None,
        "applicant": seal_text(postbox, case.applicant, "applicant", now) if case and case.applicant else None,
    }


def _note_address(
    postbox: Postbox, connection: Connection, mailbox: str, address: DeliveryAddress, now: datetime
) -> None:
    sealed = seal_text(postbox, address.email, mailbox, now) if address.email else None
    mailboxes.note_address(connection, mailbox, sealed, address.issued_at)


def _bind(connection: Connection, stored: RowMapping, row: Mapping[str, Any]) -> str | None:
    """One address, one case: bound at the exchange, never moved."""
    wanted, bound = row["case_reference"], stored["case_reference"]
    if wanted is None or wanted == bound:
        return None if bound is None else str(bound)
    if bound is not None:
        raise NotNow("This delivery address is bound to another case.", code="address-bound", pointer="/case/reference")
    names = ("case_reference", "service", "applicant")
    mailboxes.bind_case(connection, stored["id"], {name: row[name] for name in names})
    return str(wanted)
