"""Mailboxes and the recipient references that lead to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, or_, select, update

from postbox.store.tables import mailboxes, notices, recipients
from postbox.store.writing import insert_once

NOT_NOTIFIED: Final = "not-notified"  # a notice's defect: nobody could be told of it
# Built once: building a statement costs more than running it.
_FIND = select(mailboxes.c.id).where(mailboxes.c.subject_hash == bindparam("hash"))
_OF_NOTICE = (
    select(mailboxes).join(notices, notices.c.mailbox == mailboxes.c.id).where(notices.c.id == bindparam("notice"))
)
_RECIPIENT = (
    select(recipients, mailboxes.c.postal_address)
    .join(mailboxes, recipients.c.mailbox == mailboxes.c.id)
    .where(recipients.c.id == bindparam("recipient"), recipients.c.authority == bindparam("its_authority"))
)


def open_for(connection: Connection, row: Mapping[str, Any]) -> str:
    """The id of the mailbox with this ``subject_hash``; created from ``row`` where there is none."""
    insert_once(connection, mailboxes, row)
    return str(connection.execute(_FIND, {"hash": row["subject_hash"]}).scalar_one())


def of_notice(connection: Connection, notice: str) -> RowMapping:
    """The mailbox a notice goes to."""
    return connection.execute(_OF_NOTICE, {"notice": notice}).mappings().one()


def note_address(connection: Connection, mailbox: str, sealed: bytes | None, vouched_at: datetime) -> None:
    """Remember the notification address, unless a newer one is known."""
    older = or_(mailboxes.c.notification_address_at.is_(None), mailboxes.c.notification_address_at <= vouched_at)
    values = {"notification_address": sealed, "notification_address_at": vouched_at}
    connection.execute(update(mailboxes).where(mailboxes.c.id == mailbox, older).values(values))


def add_recipient(connection: Connection, row: Mapping[str, Any]) -> RowMapping:
    """The recipient of this authority, client and delivery address; created from ``row`` where there is none."""
    insert_once(connection, recipients, row)
    query = select(recipients).where(
        recipients.c.authority == row["authority"],
        recipients.c.client == row["client"],
        recipients.c.address_jti == row["address_jti"],
    )
    return connection.execute(query).mappings().one()


def bind_case(connection: Connection, recipient: str, values: Mapping[str, Any]) -> None:
    """Bind a recipient that has no case yet to one."""
    unbound = recipients.c.case_reference.is_(None)
    connection.execute(update(recipients).where(recipients.c.id == recipient, unbound).values(values))


def recipient_of(connection: Connection, authority: str, recipient: str) -> RowMapping | None:
    """A recipient, if it is this authority's; with ``postal_address`` where it has a letter box and no postbox."""
    return connection.execute(_RECIPIENT, {"recipient": recipient, "its_authority": authority}).mappings().first()


def cases_of(connection: Connection, authorities: tuple[str, ...], limit: int) -> list[RowMapping]:
    """Recipients bound to a case, the newest first, each with ``notice_count``, ``last_notice_at`` and ``tasks``.

    A task is a notice that nobody has replaced or withdrawn yet, and that could not be opened, was not told of, was
    refused, lapsed or came back as a letter, with no letter under way; or whose letter lies ready to be posted.
    """
    count = select(func.count()).where(notices.c.recipient == recipients.c.id).scalar_subquery()
    last = select(func.max(notices.c.accepted_at)).where(notices.c.recipient == recipients.c.id).scalar_subquery()
    failed = or_(
        notices.c.unreadable_at.is_not(None),
        notices.c.contestable == NOT_NOTIFIED,
        notices.c.refused_at.is_not(None),
        notices.c.closed_at.is_not(None),
        notices.c.returned_at.is_not(None),
    )
    waits = and_(notices.c.printed_at.is_not(None), notices.c.posted_on.is_(None))
    undone = or_(and_(failed, notices.c.letter_at.is_(None)), waits)
    open_tasks = and_(undone, notices.c.replaced_by.is_(None), notices.c.withdrawn_at.is_(None))
    tasks = select(func.count()).where(notices.c.recipient == recipients.c.id, open_tasks).scalar_subquery()
    query = (
        select(
            recipients,
            mailboxes.c.postal_address,
            tasks.label("tasks"),
            count.label("notice_count"),
            last.label("last_notice_at"),
        )
        .join(mailboxes, recipients.c.mailbox == mailboxes.c.id)
        .where(recipients.c.authority.in_(authorities), recipients.c.case_reference.is_not(None))
        .order_by(recipients.c.created_at.desc(), recipients.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())
