"""The link between an identity and an application: one pairwise identifier per account, authority and sector.

The ``sub`` is derived once with a vault key and stored with that key's id; it is never computed again, so no rotation
changes it, and two towns cannot compare theirs (OIDC Core 8.1). What was released at which level is kept as evidence.
"""

import base64
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from idgateway.attempt import digest
from idgateway.attributes import Released, release
from idgateway.consent import Consent, is_due, merged, narrowed, scopes_told
from idgateway.errors import AttemptLost, ConsentDue, KeptBack, OtherPerson
from idgateway.gate import Gate
from idgateway.provider import access
from idgateway.provider.clients import ASK, CODE, INFORM, NONE, POSTBOX_SECTOR, RegisteredClient
from idgateway.provider.request import AuthorizationRequest
from idgateway.sealed import seal, seal_json
from idgateway.sessions import ends_at
from idgateway.store import consents, grants, identities, pushed
from idgateway.upstream import Assertion
from keys.derivation import derive
from keys.keyring import Purpose

CODE_LIFETIME = timedelta(seconds=60)  # RFC 6749 4.1.2 allows ten minutes; a redirect needs none of them
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the person has just been shown and agreed to go on with."""

    declined: tuple[str, ...]  # the voluntary claims that were kept back
    relinks: bool  # whether the page said that a link which was undone is made again


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Everything one login writes, computed before the transaction so that nothing slow happens inside it."""

    code: str
    account: Row | None
    account_hashes: tuple[bytes, ...]
    link: Row
    postbox_link: Row | None  # the address names the person as the postbox will know them, perhaps before any visit
    evidence: Row
    row: Row | None  # of the grant with its code; none for who takes no codes
    asked: AuthorizationRequest
    mode: str  # of the application's registration: ask | inform | none
    purpose: str  # as the page gives it
    answer: Consent | None  # what the person has just been told or agreed to, to be remembered
    relinks: bool  # the person has just read that an undone link is made again
    expected_sub: str  # whom the application means; empty for anybody
    pushed: bytes | None  # hash of the pushed request it came by, which is used up with it


def prepare(
    gate: Gate,
    request: AuthorizationRequest,
    assertion: Assertion,
    now: datetime,
    *,
    told: Told | None = None,
) -> Grant:
    """Release the agreed claims of an assertion to an application and make ready what is to be stored.

    ``told`` is None where nobody was asked.
    """
    client = gate.clients[request.client_id]
    released = release(assertion, request.claims)
    with_address = request.wants_postbox and assertion.subject is not None
    names = (*released.names, "postbox_address") if with_address else released.names
    evidence_id, code = f"evd_{uuid.uuid4().hex}", secrets.token_urlsafe(32) if CODE in client.grant_types else ""
    account, hashes = _account(gate, assertion, now)
    return Grant(
        code=code,
        account=account,
        account_hashes=hashes,
        link=_link(gate, assertion, (client.authority, client.sector), names, now),
        postbox_link=_link(gate, assertion, ("", POSTBOX_SECTOR), (), now) if with_address else None,
        evidence={
            "id": evidence_id,
            "client_id": request.client_id,
            "released": list(names),
            "level": assertion.level.value,
            "means": assertion.means,
            "at": now,
        },
        row=_row(gate, request, assertion, released, now, evidence_id=evidence_id, code=code) if code else None,
        asked=request,
        mode=client.consent,
        purpose=client.purpose,
        answer=_answer(client, request, assertion, told.declined) if told else None,
        relinks=told is not None and told.relinks,
        expected_sub=request.expected_sub,
        pushed=bytes.fromhex(request.pushed) if request.pushed else None,
    )


def _row(
    gate: Gate,
    request: AuthorizationRequest,
    assertion: Assertion,
    released: Released,
    now: datetime,
    *,
    evidence_id: str,
    code: str,
) -> Row:
    return {
        "evidence_id": evidence_id,
        "client_id": request.client_id,
        "scope": " ".join(request.scopes),
        "nonce": request.nonce or None,
        "redirect_uri": request.redirect_uri,
        "challenge": request.challenge,
        "jkt": request.dpop_jkt or None,
        "code_hash": digest(code),
        "code_expires_at": now + CODE_LIFETIME,
        "released": seal_json(gate, _content(request, assertion, released), "released", evidence_id, now),
        "ends_at": _ends_at(assertion, now),
    }


def commit(connection: Connection, grant: Grant) -> str:
    """Store account, links and evidence in the caller's transaction; gives the link's id.

    Raises AttemptLost, OtherPerson where the application meant somebody else, ConsentDue or KeptBack.
    """
    if grant.pushed and not pushed.use(connection, grant.pushed, grant.evidence["at"]):
        raise AttemptLost("the pushed request brought a login already", code="request-used")
    account_id = identities.keep_account(connection, grant.account_hashes, grant.account) if grant.account else None
    names = _released(connection, grant, account_id)
    row = {**grant.link, "account_id": account_id, "released": names}
    own = identities.keep_link(connection, row, logged_in=True)
    if grant.expected_sub and own.sub != grant.expected_sub:
        raise OtherPerson("another person logged in than the application means")
    _check_told(connection, grant, own)
    identities.add_evidence(connection, {**grant.evidence, "link_id": own.id, "released": names})
    return own.id


def _released(connection: Connection, grant: Grant, account_id: str | None) -> list[str]:
    """The names for the evidence; no delivery address leads to a postbox whose link the person undid."""
    names: list[str] = grant.evidence["released"]
    if grant.postbox_link:
        row = {**grant.postbox_link, "account_id": account_id}
        if identities.keep_link(connection, row, logged_in=False).unlinked_at:
            return [name for name in names if name != "postbox_address"]
    return names


def _check_told(connection: Connection, grant: Grant, link: identities.KeptLink) -> None:
    """The person knows what goes to whom, or has just been told. Raises ConsentDue or KeptBack."""
    client_id, now = grant.evidence["client_id"], grant.evidence["at"]
    # A page that was open while the link was undone elsewhere did not say so: its answer makes no link again.
    if link.unlinked_at and not grant.relinks:
        raise ConsentDue("the person undid this link", relinks=True)
    if grant.answer:
        before = consents.find(connection, link.id, client_id)
        kept = merged(grant.answer, before)
        parts = {name: sorted(getattr(kept, name)) for name in ("claims", "declined", "scopes")}
        row = {"id": f"cns_{uuid.uuid4().hex}", "link_id": link.id, "client_id": client_id, "given_at": now}
        consents.put(connection, {**row, "mode": kept.mode, "purpose": grant.purpose, **parts})
        if link.unlinked_at:
            identities.relink(connection, link.id, now)
        return
    if grant.mode == NONE and "consent" not in grant.asked.prompt:
        return
    known = consents.find(connection, link.id, client_id)
    if is_due(grant.asked, grant.mode, known, guest=grant.account is None):
        raise ConsentDue("the person was not told of all of it")
    if known and narrowed(grant.asked, known.claims) != grant.asked:
        raise KeptBack(known.claims)


def _answer(
    client: RegisteredClient, request: AuthorizationRequest, assertion: Assertion, declined: tuple[str, ...]
) -> Consent:
    return Consent(
        mode=ASK if client.consent == ASK else INFORM,
        claims=frozenset(request.claims),
        declined=frozenset(declined),
        scopes=frozenset(scopes_told(request, guest=assertion.subject is None)),
    )


def commit_code(connection: Connection, grant: Grant, *, link_id: str, sid: str | None) -> None:
    """Store the grant with its code, in the session it belongs to."""
    if grant.row:
        grants.add(connection, {**grant.row, "link_id": link_id, "sid": sid})


def _ends_at(assertion: Assertion, now: datetime) -> datetime:
    """Nothing of a login counts longer than the login itself would; the last code is still worth its tokens."""
    last = now + CODE_LIFETIME + access.PERSONAL_LIFETIME
    return last if assertion.subject is None else max(last, ends_at(assertion.level, assertion.authenticated_at))


def _content(request: AuthorizationRequest, assertion: Assertion, released: Released) -> dict[str, Any]:
    """What travels sealed from the login to token and userinfo."""
    email = assertion.attributes.get("email")
    return {
        "claims": dict(released.claims),
        "verified_claims": list(released.verified_claims),
        "id_token_claims": list(request.id_token_claims),
        "wished_claims": list(request.wished_claims),
        "level": assertion.level.value,
        "means": assertion.means,
        "auth_time": int(assertion.authenticated_at.timestamp()),
        # For the postbox alone, inside the encrypted delivery address.
        "notification_address": email.value if email and request.wants_postbox else None,
    }


def account_hashes(gate: Gate, provider: str, subject: str, now: datetime) -> tuple[bytes, ...]:
    """Under what an account stands in the store: one hash for each derivation key, the newest first."""
    keys = gate.keyring.usable(Purpose.DERIVATION, now)
    return tuple(derive(key, "account", provider, subject) for key in keys)


def _account(gate: Gate, assertion: Assertion, now: datetime) -> tuple[Row | None, tuple[bytes, ...]]:
    if assertion.subject is None:
        return None, ()
    hashes = account_hashes(gate, assertion.provider, assertion.subject, now)
    account_id = str(uuid.uuid4())
    row = {
        "id": account_id,
        "provider": assertion.provider,
        "subject_hash": hashes[0],
        "subject": seal(gate, assertion.subject.encode(), "subject", account_id, now),
        "created_at": now,
    }
    return row, hashes


def _link(gate: Gate, assertion: Assertion, place: tuple[str, str], names: tuple[str, ...], now: datetime) -> Row:
    authority, sector = place
    key = gate.keyring.current(Purpose.DERIVATION, now)
    # A guest is known once and never again: a random label instead of a person's key.
    person = ("account", assertion.subject) if assertion.subject is not None else ("guest", secrets.token_hex(32))
    sub = derive(key, "sub", assertion.provider, *person, authority, sector)
    return {
        "id": str(uuid.uuid4()),
        "authority": authority,
        "sector": sector,
        "sub": base64.urlsafe_b64encode(sub).rstrip(b"=").decode(),
        "key_id": key.kid,
        "first_level": assertion.level.value,
        "last_level": assertion.level.value,
        "last_login_at": now,
        "released": list(names),
        "created_at": now,
    }
