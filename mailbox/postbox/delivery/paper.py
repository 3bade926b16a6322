"""Putting a notice on paper: the order and its work, in the transaction that decides it."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from postbox.delivery.kinds import PRINT
from postbox.errors import Problem, Unacceptable
from postbox.proof.events import EventType
from postbox.store import events, notices, outbox
from postbox.store.events import Happening
from postbox.writing.typeset import LONGEST_LINE, MOST_LINES, fits_window

NO_POSTBOX: Final = "no-postbox"


def window_lines(lines: object, pointer: str) -> list[str]:
    """The lines of a postal address. Raises Unacceptable."""
    if not fits_window(lines):
        told = f"An address is 1 to {MOST_LINES} printable lines of at most {LONGEST_LINE} characters (DIN 5008)."
        raise Unacceptable([Problem(code="address-malformed", pointer=pointer, sentence=told)])
    return list(lines)


def check_inland(inland: object) -> None:
    """Somebody has to say that the letter stays inland. Raises Unacceptable."""
    # § 41(2) s. 1 VwVfG: the four days count inland only; § 122(2) no. 2 AO has a month for abroad.
    if inland is not True:
        told = "Say inland: true. A letter abroad has days of its own, and is not sent from here."
        raise Unacceptable([Problem(code="inland-only", pointer="/inland", sentence=told)])


def put_on_paper(
    connection: Connection, notice: str, *, actor: str, reason: str, at: datetime, address: bytes | None = None
) -> None:
    """Order a letter of a notice, under its lock; ``address`` sealed, or none: where its letter box is."""
    notices.change(connection, notice, letter_at=at, letter=address)
    events.append(connection, notice, Happening(type=EventType.LETTER_ORDERED, at=at, actor=actor, reason=reason))
    outbox.add(connection, PRINT, notice, due_at=at, now=at)
    outbox.reopen(connection, PRINT, notice, at=at)  # after a letter that came back
