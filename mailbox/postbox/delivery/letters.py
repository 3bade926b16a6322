"""On paper: what the postbox could not deliver, or was asked for on paper, goes out as a letter, and may come back.

The authority orders it and says on which day it was posted; from that day the law of the post counts (§ 41(2) s. 1
VwVfG, § 122(2) no. 1 AO, § 37(2) s. 1 SGB X). Each is one transaction.
"""

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from postbox import sealed
from postbox.callers import Caller
from postbox.context import Postbox
from postbox.delivery import deadlines
from postbox.delivery.announce import contradicted
from postbox.delivery.life import CONTRADICTS, Step, in_force
from postbox.delivery.paper import check_inland, put_on_paper, window_lines
from postbox.delivery.withdraw import check_reason, take_step
from postbox.errors import NotNow, Problem, Unacceptable
from postbox.law.calendar import legal_day
from postbox.law.computation import Computation
from postbox.proof.commitments import computation_digest
from postbox.proof.events import EventType
from postbox.store import events, notices
from postbox.store.events import Happening

# § 3a(4) s. 2 VwVfG, § 122a(2) AO among them: why on paper.
LETTER_REASONS: Final = ("cannot-open", "not-notified", "not-retrieved", "recipient-asked", "unreachable")
RETURN_REASONS: Final = ("moved", "unknown-at-address", "not-collected", "refused", "deceased")


def order_letter(
    postbox: Postbox, caller: Caller, notice_id: str, *, reason: str, address: object, inland: object
) -> None:
    """Send a notice as a letter, too; the worker hands its print job over. ``address`` holds lines for the window.

    ``inland`` has to be true. Raises NotAllowed, NotFound, Unacceptable (reason, address, inland), NoRule, NotNow.
    """
    check_reason(reason, LETTER_REASONS)
    lines = window_lines(address, "/address")
    check_inland(inland)
    if postbox.paper is None:
        raise NotNow("Nobody prints letters here.", code="no-print-service")

    def take(connection: Connection, row: RowMapping) -> None:
        at = postbox.clock()
        law = (row["authority"], row["procedural_law"], at, row["issued_on"])
        deadlines.rule_of(postbox, *law, channel=deadlines.POST)  # nothing is posted whose day nobody could compute
        words = sealed.seal_words(sealed.key_of(postbox, row), {"address": lines}, notice_id)
        put_on_paper(connection, notice_id, actor=caller.acts_as, reason=reason, at=at, address=words)

    take_step(postbox, caller, notice_id, Step.ORDER_LETTER, take)


def record_posting(postbox: Postbox, caller: Caller, notice_id: str, posted_on: date) -> None:
    """Note the day on which the letter was posted (zur Post gegeben), as the authority's file says.

    Raises NotAllowed, NotFound, Unacceptable (a day before the order, or one to come), NoRule, NotNow.
    """

    def take(connection: Connection, row: RowMapping) -> None:
        at = postbox.clock()
        # Not before it was ordered; the print job may be on record later than it was handed over.
        if not legal_day(row["letter_at"]) <= posted_on <= legal_day(at):
            sentence = "The letter was posted between the day of its order and today."
            raise Unacceptable([Problem(code="posted-on-outside", pointer="/posted_on", sentence=sentence)])
        notices.change(connection, notice_id, posted_on=posted_on)
        computation = deadlines.computed_for(postbox, row, posted_on=posted_on)
        payload = {"posted_on": posted_on.isoformat(), **_bound(postbox, connection, notice_id, computation)}
        happening = Happening(type=EventType.POSTED, at=at, actor=caller.acts_as, payload=payload)
        events.append(connection, notice_id, happening)
        deadlines.keep(connection, notice_id, computation, because="posted", at=at)

    take_step(postbox, caller, notice_id, Step.POST_LETTER, take)


def record_return(postbox: Postbox, caller: Caller, notice_id: str, reason: str) -> None:
    """Note that the letter came back undelivered: it announced nothing, and another way has to be found.

    Raises NotAllowed, NotFound, Unacceptable (reason), NotNow ``not-posted``.
    """
    check_reason(reason, RETURN_REASONS)

    def take(connection: Connection, row: RowMapping) -> None:
        at = postbox.clock()
        gone = dict.fromkeys(("letter_at", "letter", "printed_at", "posted_on"))
        notices.change(connection, notice_id, returned_at=at, **gone)
        computation = _without_letter(postbox, row)
        payload = _bound(postbox, connection, notice_id, computation)
        kind = EventType.RELAY_TO_NON_ERDS_FAILED
        happening = Happening(type=kind, at=at, actor=caller.acts_as, reason=reason, payload=payload)
        events.append(connection, notice_id, happening)
        deadlines.keep(connection, notice_id, computation, because="returned", at=at)

    take_step(postbox, caller, notice_id, Step.RETURN_LETTER, take)


def _without_letter(postbox: Postbox, row: RowMapping) -> Computation:
    """What is left once the letter came back: the postbox, or that nothing announced it."""
    if row["available_at"] is None:
        return deadlines.by_post(postbox, row, row["posted_on"], returned=True)
    return deadlines.computed_for(postbox, row, posted_on=None)


def _bound(postbox: Postbox, connection: Connection, notice_id: str, computation: Computation) -> dict[str, Any]:
    """What binds a computation into the event, and which statements it takes back."""
    stated = in_force(one.event for one in events.of_notice(connection, notice_id))
    taken_back = contradicted(stated, computation, legal_day(postbox.clock()))
    told = {CONTRADICTS: [kind.value for kind in taken_back]} if taken_back else {}
    return {"computation": computation_digest(computation), **told}
