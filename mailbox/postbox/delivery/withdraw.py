"""What its authority may do with a notice after handing it over: hold, release, withdraw. Each is one transaction.

A withdrawal is technical (Rückzug), not the taking back of an administrative act (Rücknahme): what the citizen could
see stays visible and is marked, and an announcement that has happened has happened.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, RowMapping

from postbox.callers import WRITE_NOTICES, Caller, check_scope
from postbox.context import Postbox
from postbox.delivery.kinds import MAKE_AVAILABLE
from postbox.delivery.life import Step, check_step
from postbox.errors import NotFound, Problem, Unacceptable
from postbox.proof.events import EventType
from postbox.store import events, notices, outbox
from postbox.store.events import Happening

# Closed lists: a reason is a code in evidence that outlives the content, and a sentence on the pages.
WITHDRAWAL_REASONS: Final = ("sent-in-error", "wrong-recipient", "wrong-content", "superseded", "legal-order")
HOLD_REASONS: Final = ("sender-request", "legal-stop", "recipient-deceased", "reachability-lost")


def withdraw(postbox: Postbox, caller: Caller, notice_id: str, reason: str) -> None:
    """Withdraw a notice, available or not; a second request finds it withdrawn.

    Raises NotAllowed (scope), NotFound (also another authority's), Unacceptable (reason), NotNow ``withdrawn``.
    """
    check_reason(reason, WITHDRAWAL_REASONS)
    take_step(
        postbox,
        caller,
        notice_id,
        Step.WITHDRAW,
        lambda connection, row: _withdrawn(postbox, connection, row, caller, reason),
    )


def hold(postbox: Postbox, caller: Caller, notice_id: str, reason: str) -> None:
    """Stop a notice that is not available yet. Raises as ``withdraw``; NotNow ``already-available``, ``held``."""
    check_reason(reason, HOLD_REASONS)
    take_step(
        postbox, caller, notice_id, Step.HOLD, lambda connection, row: _held(postbox, connection, row, caller, reason)
    )


def release(postbox: Postbox, caller: Caller, notice_id: str) -> None:
    """Let a held notice go on. Raises NotAllowed, NotFound; NotNow ``not-held``, ``withdrawn``."""
    take_step(
        postbox, caller, notice_id, Step.RELEASE, lambda connection, row: _released(postbox, connection, row, caller)
    )


def take_step(
    postbox: Postbox, caller: Caller, notice_id: str, step: Step, take: Callable[[Connection, RowMapping], None]
) -> None:
    """Let the authority take a step, under the notice's lock. Raises NotAllowed, NotFound, NotNow."""
    check_scope(caller, WRITE_NOTICES)
    with postbox.database.write() as connection:
        row = notices.lock(connection, notice_id)
        if row is None or row["authority"] != caller.authority:
            raise NotFound("This authority has no such notice.")
        check_step(step, row)
        take(connection, row)


def _withdrawn(postbox: Postbox, connection: Connection, row: RowMapping, caller: Caller, reason: str) -> None:
    at = postbox.clock()
    notices.change(connection, row["id"], withdrawn_at=at, withdrawal_reason=reason)
    happening = Happening(type=EventType.WITHDRAWN, at=at, actor=caller.acts_as, reason=reason)
    events.append(connection, row["id"], happening)


def _held(postbox: Postbox, connection: Connection, row: RowMapping, caller: Caller, reason: str) -> None:
    at = postbox.clock()
    notices.change(connection, row["id"], held_at=at)
    events.append(connection, row["id"], Happening(type=EventType.HELD, at=at, actor=caller.acts_as, reason=reason))


def _released(postbox: Postbox, connection: Connection, row: RowMapping, caller: Caller) -> None:
    at = postbox.clock()
    notices.change(connection, row["id"], held_at=None)
    events.append(connection, row["id"], Happening(type=EventType.RELEASED, at=at, actor=caller.acts_as))
    outbox.due(connection, MAKE_AVAILABLE, row["id"], at=max(at, row["publish_at"] or at))


def check_reason(reason: str, known: tuple[str, ...]) -> None:
    """A reason is a code of a closed list. Raises Unacceptable."""
    if reason not in known:
        sentence = f"reason is one of {', '.join(known)}."
        raise Unacceptable([Problem(code="reason-unknown", pointer="/reason", sentence=sentence)])
