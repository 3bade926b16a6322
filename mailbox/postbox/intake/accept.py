"""Taking a notice: judged in three stages, sealed, stored, and only then acknowledged with a signed receipt."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keys.keyring import Purpose
from postbox import identifiers, journal, sealed
from postbox.callers import WRITE_NOTICES, Caller, check_scope
from postbox.context import Postbox
from postbox.delivery.inquire import code_hash
from postbox.delivery.kinds import MAKE_AVAILABLE
from postbox.delivery.make_available import scheduled
from postbox.delivery.replace import renew_notice, replace_notice
from postbox.delivery.scan import quarantine
from postbox.intake.documents import Measured, measure
from postbox.intake.fitting import Fitting, check_fits
from postbox.intake.idempotency import Claim, claimed, fingerprint
from postbox.intake.submission import Accepted, Submission, check_key
from postbox.intake.wellformed import Wanted, check_wellformed
from postbox.intake.written import set_main
from postbox.journal import Happened
from postbox.law.calendar import legal_day
from postbox.moments import instant_text, read_instant
from postbox.proof.commitments import SALT_BYTES, commit, documents_payload
from postbox.proof.events import EventType
from postbox.proof.receipts import issue_receipt
from postbox.store import events, notices, outbox
from postbox.store.events import Happening, Recorded
from postbox.writing.typeset import template_hash
from postbox.writing.verification import Check


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """Everything the transaction writes, made before it begins: no cryptography and no file inside it."""

    notice: Mapping[str, Any]
    documents: tuple[Mapping[str, Any], ...]
    accepted: Recorded
    receipt: str = field(repr=False)


def submit(postbox: Postbox, submission: Submission, caller: Caller, now: datetime) -> Accepted:
    """Take responsibility for a notice; the same key with the same content gets the same answer.

    Raises NotAllowed, NotFound (authority), IdempotencyMissing, …Conflict, …InFlight, Unacceptable, TooLarge,
    UnknownRecipient, StorageFailed, ChannelDown. Where it raises, nothing was accepted.
    """
    check_scope(caller, WRITE_NOTICES)
    postbox.authority(caller.authority)
    key = check_key(submission.idempotency_key)
    measured = tuple(measure(upload) for upload in submission.uploads)
    digest = fingerprint(postbox, submission.content, [one.digest for one in measured], now)
    with claimed(postbox, caller, key, digest, now) as claim:
        if claim.answer is not None:
            journal.note(Happened.NOTICE_REPEATED)
            return _as_before(claim.answer)
        wanted = check_wellformed(submission.content)
        fitting = check_fits(postbox, wanted, _with_written(postbox, wanted, measured, caller, now), caller, now)
        return _take(postbox, wanted=wanted, fitting=fitting, caller=caller, claim=claim, now=now)


def _with_written(
    postbox: Postbox, wanted: Wanted, measured: tuple[Measured, ...], caller: Caller, now: datetime
) -> tuple[Measured, ...]:
    """The documents that came, with the one that is set here in front."""
    if wanted.written is None:
        return measured
    frame = {**wanted.frame, "authority": postbox.authority(caller.authority).name}
    check = Check(public_url=postbox.settings.public_url, code=identifiers.new_code())
    return (set_main(wanted.written, frame=frame, day=legal_day(now), check=check), *measured)


def _take(
    postbox: Postbox, *, wanted: Wanted, fitting: Fitting, caller: Caller, claim: Claim, now: datetime
) -> Accepted:
    notice = identifiers.new_id(identifiers.NOTICE)
    data_key, wrapped = sealed.new_key(postbox, notice, now)
    with _kept_or_removed(postbox) as objects:
        documents = tuple(
            _store(postbox, one, notice=notice, data_key=data_key, position=number, objects=objects)
            for number, one in enumerate(fitting.documents, 1)
        )
        row = _notice_row(notice, wanted, fitting, caller, now)
        words = sealed.seal_words(data_key, _words(wanted), notice)
        form = {"form": _form(wanted, fitting.documents[0]), **_template(wanted)}
        parcel = _parcel(
            postbox, {**row, "wrapped_key": wrapped, "words": words}, documents, form=form, caller=caller, now=now
        )
        accepted = Accepted(notice=notice, accepted_at=now, receipt=parcel.receipt)
        _record(postbox, parcel, claim, accepted)
    journal.note(Happened.NOTICE_ACCEPTED, notice=notice, authority=caller.authority)
    return accepted


def _record(postbox: Postbox, parcel: Parcel, claim: Claim, accepted: Accepted) -> None:
    """The one transaction: notice, documents, evidence, outbox and idempotent answer."""
    notice, now = accepted.notice, accepted.accepted_at
    with postbox.database.write() as connection:
        claim.settle(connection, _answer(accepted))
        notices.add(connection, parcel.notice, parcel.documents)
        events.write(connection, parcel.accepted)
        if parcel.notice["quarantine"]:
            quarantine(connection, notice, parcel.notice["quarantine"], at=now)
        events.add_receipt(connection, notice, parcel.accepted.event.seq, parcel.receipt)
        if parcel.notice["replaces"]:
            replace_notice(connection, parcel.notice["replaces"], by=notice, actor=parcel.notice["actor"], at=now)
        if parcel.notice["renews"]:
            renew_notice(connection, parcel.notice["renews"], by=notice, actor=parcel.notice["actor"], at=now)
        publish_at = parcel.notice["publish_at"]
        if publish_at:
            events.append(connection, notice, scheduled(publish_at, actor=parcel.notice["actor"], at=now))
        outbox.add(connection, MAKE_AVAILABLE, notice, due_at=publish_at or now, now=now)


def _parcel(
    postbox: Postbox,
    notice: Mapping[str, Any],
    documents: Sequence[Mapping[str, Any]],
    *,
    form: Mapping[str, Any],
    caller: Caller,
    now: datetime,
) -> Parcel:
    pairs = [(str(one["id"]), bytes(one["commitment"])) for one in documents]
    happening = Happening(
        type=EventType.SUBMISSION_ACCEPTED,
        at=now,
        actor=caller.acts_as,
        payload={
            "authority": caller.authority,
            "client": caller.client,
            "documents": documents_payload(pairs),
            **form,
        },
    )
    accepted = events.first(str(notice["id"]), happening)
    receipt = issue_receipt(
        postbox.keyring.current(Purpose.RECEIPT_SIGNING, now),
        issuer=postbox.settings.public_url,
        event=accepted.event,
        event_hash=accepted.hash,
        issued_at=now,
    )
    return Parcel(notice=notice, documents=tuple(documents), accepted=accepted, receipt=receipt)


def _store(
    postbox: Postbox, measured: Measured, *, notice: str, data_key: bytes, position: int, objects: list[str]
) -> dict[str, Any]:
    """Seal and store one document, durable and read back."""
    document = identifiers.new_id(identifiers.DOCUMENT)
    salt, code = secrets.token_bytes(SALT_BYTES), measured.upload.code or identifiers.new_code()
    name = sealed.store_document(postbox, data_key, document, measured.upload.content, measured.digest)
    objects.append(name)
    # Digest and salt are erased with the key; what stays is the commitment (precisions 26).
    words = {
        "name": measured.upload.name,
        "sha256": measured.digest.hex(),
        "salt": salt.hex(),
        "code": code,
        "sealed": measured.sealed,
        "role": measured.declared.role.value,
        "language": measured.declared.language,
        "signatures": [one.to_json() for one in measured.verdicts],
    }
    return {
        "id": document,
        "notice": notice,
        "position": position,
        "media_type": measured.upload.media_type,
        "size": measured.size,
        "object_name": name,
        "commitment": commit(salt, measured.digest),
        "words": sealed.seal_words(data_key, words, document),
        "code_hash": code_hash(code),
    }


@contextmanager
def _kept_or_removed(postbox: Postbox) -> Iterator[list[str]]:
    """Objects written inside the block go again when it fails; after a crash the orphans' chore finds them."""
    written: list[str] = []
    try:
        yield written
    except BaseException:
        for name in written:
            postbox.objects.remove(name)
        raise


def _notice_row(notice: str, wanted: Wanted, fitting: Fitting, caller: Caller, now: datetime) -> dict[str, Any]:
    return {
        "id": notice,
        "authority": caller.authority,
        "client": caller.client,
        "actor": caller.acts_as,
        "recipient": fitting.recipient,
        "mailbox": fitting.mailbox,
        "minimum_level": wanted.minimum_level,
        "procedural_law": wanted.procedural_law,
        "issued_on": wanted.issued_on,
        "publish_at": wanted.publish_at,
        "replaces": wanted.replaces,
        "renews": wanted.renews,
        "form": wanted.form.value,
        "language": wanted.language,
        "period_months": wanted.period_months,
        "remedy_complete": wanted.remedy_complete,
        "accepted_at": now,
        "quarantine": fitting.quarantine,
    }


def _words(wanted: Wanted) -> dict[str, Any]:
    return {
        "title": wanted.title,
        "summary": wanted.summary,
        "sender_reference": wanted.sender_reference,
        "remedy": wanted.remedy.to_json() if wanted.remedy else None,
        "remedy_waiver": wanted.remedy_waiver,
        "form_basis": wanted.form_basis,
        "responsible": wanted.responsible,
        "automated": wanted.automated,
    }


def _form(wanted: Wanted, main: Measured) -> dict[str, Any]:
    """What the evidence keeps of the form: what was declared and how the main document was judged, no names."""
    judged = [
        {"indication": one.indication.value, "subindication": one.subindication, "qualified": one.qualified.value}
        for one in main.verdicts
    ]
    declared = {"declared": wanted.form.value, "basis": wanted.form_basis, "sealed_here": main.sealed}
    return {**declared, "signatures": judged}


def _template(wanted: Wanted) -> dict[str, Any]:
    """Which template set the main document, by its hash: one that changed is another one."""
    if wanted.written is None:
        return {}
    name = wanted.written.template
    return {"template": {"name": name, "sha256": template_hash(name)}}


def _answer(accepted: Accepted) -> dict[str, str]:
    return {
        "notice": accepted.notice,
        "accepted_at": instant_text(accepted.accepted_at),
        "receipt": accepted.receipt,
    }


def _as_before(answer: Mapping[str, Any]) -> Accepted:
    return Accepted(
        notice=str(answer["notice"]),
        accepted_at=read_instant(answer["accepted_at"]),
        receipt=str(answer["receipt"]),
        repeated=True,
    )
