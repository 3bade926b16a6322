"""Notifying: one e-mail per notice, tried again with growing distance, and on record whether it was handed over."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping

from keys.derivation import derive
from keys.keyring import Purpose
from postbox import sealed
from postbox.channels.mail import AddressRefused, send_notification
from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.delivery.make_available import ACTOR, Job, queue_lapse
from postbox.errors import ChannelDown
from postbox.law.calendar import legal_day
from postbox.law.computation import Computation
from postbox.proof.commitments import computation_digest
from postbox.proof.events import EventType
from postbox.store import events, mailboxes, notices, outbox
from postbox.store.events import Happening

# § 9(1) s. 6 OZG wants the notification on the same day: many early tries, then fewer, for some two days.
_SECONDS: Final = (5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 57600, 57600)
BACKOFF: Final = tuple(timedelta(seconds=seconds) for seconds in _SECONDS)
NO_ADDRESS: Final = "no-address"
NOTIFIED_LATE: Final = "notified-late"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What an attempt needs to know."""

    to: str | None = field(repr=False)
    language: str
    message_id: str
    effective_on: date | None  # where the notification must name its effect


def notify(postbox: Postbox, job: Job) -> bool:
    """Try once to hand the notification over; False where it has to be tried again or is not ours any more."""
    letter = _letter(postbox, job)
    if letter.to is None:
        return _failed(postbox, job, NO_ADDRESS)
    try:
        send_notification(
            postbox.settings.smtp,
            to=letter.to,
            language=letter.language,
            link=f"{postbox.settings.public_url}/",
            message_id=letter.message_id,
            effective_on=letter.effective_on,
            now=postbox.clock(),
        )
    except AddressRefused as error:
        return _failed(postbox, job, error.code)
    except ChannelDown as error:
        return _later(postbox, job, error.code)
    return _handed_over(postbox, job)


def _letter(postbox: Postbox, job: Job) -> Letter:
    with postbox.database.read() as connection:
        mailbox = mailboxes.of_notice(connection, job.notice)
        notice = notices.find(connection, job.notice)
    address = mailbox["notification_address"]
    # Not the notice's own id: a mail server's log must not know it.
    key = postbox.keyring.current(Purpose.DERIVATION, postbox.clock())
    return Letter(
        to=sealed.open_text(postbox, address, mailbox["id"]) if address else None,
        language=mailbox["language"],
        message_id=derive(key, "message-id", job.notice).hex()[:32],
        effective_on=_effective_on(postbox, notice),
    )


def _effective_on(postbox: Postbox, notice: RowMapping) -> date | None:
    if not deadlines.effects_to_name(postbox, notice):
        return None
    return deadlines.computed_for(postbox, notice).announced_strict


def _handed_over(postbox: Postbox, job: Job) -> bool:
    with postbox.database.write() as connection:
        at = postbox.clock()
        if not outbox.finish(connection, job.id, job.lease, at):
            return False
        notice = notices.lock(connection, job.notice)
        if notice is None:
            return False
        # § 9(1) s. 6 OZG: on the day of making available; later is a defect one must see.
        late = legal_day(at) > legal_day(notice["available_at"])
        notices.change(connection, job.notice, notified_at=at, contestable=NOTIFIED_LATE if late else None)
        computation = deadlines.computed_for(postbox, notice, notified_at=at)
        payload = {"channel": "e-mail", "computation": computation_digest(computation)}
        happening = Happening(type=EventType.CONSIGNMENT_NOTIFICATION, at=at, actor=ACTOR, payload=payload)
        events.append(connection, job.notice, happening)
        _keep(postbox, connection, notice, computation, at)
    return True


def _keep(postbox: Postbox, connection: Connection, notice: RowMapping, computation: Computation, at: datetime) -> None:
    deadlines.keep(connection, notice["id"], computation, because="notified", at=at)
    if deadlines.counts_from_retrieval(postbox, notice):
        queue_lapse(connection, notice["id"], computation, at)


def _later(postbox: Postbox, job: Job, code: str) -> bool:
    if job.attempts >= len(BACKOFF):
        return _failed(postbox, job, code)
    with postbox.database.write() as connection:
        due_at = postbox.clock() + BACKOFF[job.attempts]
        outbox.postpone(connection, job.id, job.lease, due_at=due_at, error=code)
    return False


def _failed(postbox: Postbox, job: Job, code: str) -> bool:
    with postbox.database.write() as connection:
        at = postbox.clock()
        if not outbox.give_up(connection, job.id, job.lease, now=at, error=code):
            return False
        if notices.lock(connection, job.notice) is None:
            return False
        kind = EventType.CONSIGNMENT_NOTIFICATION_FAILURE
        events.append(connection, job.notice, Happening(type=kind, at=at, actor=ACTOR, reason=code))
        notices.change(connection, job.notice, contestable=mailboxes.NOT_NOTIFIED)
    return True
